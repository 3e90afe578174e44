//! Templates: what the entrypoint of the official image makes of `/etc/nginx/templates/*.template`.
//!
//! It runs `envsubst` with the names of all variables that the environment defines, so `$uri` and other variables of
//! nginx stay, `${PORT}` stays if nothing defines it, and `${PORT:-8080}` is no reference at all.
//! <https://github.com/nginx/docker-nginx/blob/master/entrypoint/20-envsubst-on-templates.sh>

use std::ops::Range;

use super::pattern::Pattern;

/// What the environment has under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variable {
    /// This value.
    Known(String),
    /// Nothing: the reference stays as it is.
    Unset,
    /// That is not known, and why.
    Unknown(String),
}

/// How long a text may become.
const MAX_LENGTH: usize = 16 << 20;

/// A template with its variables filled in, which knows where each of its bytes stands in the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    text: String,
    /// In order, without gaps; never empty.
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    /// Where it starts in the text.
    at: usize,
    /// The bytes of the template that it was made of.
    template: Range<usize>,
    /// Whether it is those bytes.
    copied: bool,
    unknown: Option<String>,
}

impl Filled {
    /// The text that nginx gets. What is not known stands there as in the template.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the template that a range of the text was made of.
    pub fn place(&self, range: Range<usize>) -> Range<usize> {
        let piece = self.piece(range.start);
        let start = if piece.copied { piece.template.start + (range.start - piece.at) } else { piece.template.start };
        if range.end <= range.start {
            return start..start;
        }
        let piece = self.piece(range.end - 1);
        let end = if piece.copied { piece.template.start + (range.end - piece.at) } else { piece.template.end };
        start..end.max(start)
    }

    /// Why a part of a range of the text is not known.
    pub fn unknown(&self, range: Range<usize>) -> Option<&str> {
        self.pieces_in(range).find_map(|piece| piece.unknown.as_deref())
    }

    /// Whether a part of a range of the text is not the template's own.
    pub fn is_filled(&self, range: Range<usize>) -> bool {
        self.pieces_in(range).any(|piece| !piece.copied)
    }

    fn pieces_in(&self, range: Range<usize>) -> impl Iterator<Item = &Piece> {
        let first = self.pieces.partition_point(|piece| piece.at <= range.start).saturating_sub(1);
        self.pieces[first..].iter().take_while(move |piece| piece.at < range.end)
    }

    fn piece(&self, at: usize) -> &Piece {
        &self.pieces[self.pieces.partition_point(|piece| piece.at <= at).saturating_sub(1)]
    }

    fn push(&mut self, piece: &str, template: Range<usize>, copied: bool, unknown: Option<String>) {
        if !piece.is_empty() {
            self.pieces.push(Piece { at: self.text.len(), template, copied, unknown });
            self.text.push_str(piece);
        }
    }
}

/// Fills in a template. `filter` is `NGINX_ENVSUBST_FILTER`: only names that it matches are filled in.
///
/// That an unknown environment may have a variable is left aside for names in lower case: those are nginx's own.
pub fn substitute(template: &str, environment: &dyn Fn(&str) -> Variable, filter: Option<&str>) -> Filled {
    let filter = filter.map(|filter| Pattern::new(filter, false));
    let mut filled = Filled { text: String::new(), pieces: Vec::new() };
    let mut copied = 0;
    for reference in memchr::memchr_iter(b'$', template.as_bytes()) {
        let Some((name, end)) = reference_at(template, reference).filter(|_| reference >= copied) else {
            continue;
        };
        let (value, unknown) = match look_up(name, environment, filter.as_ref()) {
            Variable::Unset => continue,
            Variable::Known(value) if filled.text.len() + value.len() <= MAX_LENGTH => (value, None),
            Variable::Known(_) => (template[reference..end].to_string(), Some("the template is too long".to_string())),
            Variable::Unknown(why) => (template[reference..end].to_string(), Some(why)),
        };
        filled.push(&template[copied..reference], copied..reference, true, None);
        filled.push(&value, reference..end, false, unknown);
        copied = end;
    }
    filled.push(&template[copied..], copied..template.len(), true, None);
    if filled.pieces.is_empty() {
        filled.pieces.push(Piece { at: 0, template: 0..0, copied: true, unknown: None });
    }
    filled
}

fn look_up(name: &str, environment: &dyn Fn(&str) -> Variable, filter: Option<&Pattern>) -> Variable {
    match (environment(name), filter.map(|filter| filter.matches(name))) {
        (Variable::Unset, _) | (_, Some(Ok(false))) => Variable::Unset,
        (Variable::Unknown(_), _) if !name.bytes().any(|byte| byte.is_ascii_uppercase()) => Variable::Unset,
        (_, Some(Err(why))) => Variable::Unknown(why),
        (variable, _) => variable,
    }
}

/// The name in `$NAME` or `${NAME}` at `start`, and where the reference ends.
fn reference_at(text: &str, start: usize) -> Option<(&str, usize)> {
    let rest = &text[start + 1..];
    let braces = rest.starts_with('{');
    let from = start + 1 + usize::from(braces);
    let bytes = &text.as_bytes()[from..];
    let length = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    if length == 0 || bytes[0].is_ascii_digit() {
        return None;
    }
    let name = &text[from..from + length];
    match braces {
        false => Some((name, from + length)),
        true => (bytes.get(length) == Some(&b'}')).then_some((name, from + length + 1)),
    }
}
