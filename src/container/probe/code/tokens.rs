//! Tokens: names, texts and numbers of a one-liner, the environment and `+` between texts worked in.
//!
//! JavaScript and Python (and what looks like them) are read alike: texts in `'`, `"` and backquotes, `${...}` in the
//! latter, `{...}` in Python's `f'...'`.

use crate::container::probe::given::{Variable, Variables, is_mark};

/// A piece of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A dotted name: `process.exit`.
    Name(String),
    /// A text, a number or a variable of the environment, the last as its mark.
    Value(String),
    /// Any other character; `||`, `??`, `or` are `|`.
    Mark(char),
}

impl Token {
    /// The text of a value.
    pub fn value(&self) -> Option<&str> {
        match self {
            Token::Value(text) => Some(text),
            Token::Name(_) | Token::Mark(_) => None,
        }
    }
}

/// Reads code in one pass; whatever it holds, what stands at the end of the list is reduced as far as it goes.
pub(super) fn tokens(code: &str, variables: &mut Variables) -> Vec<Token> {
    let mut reader = Reader { tokens: Vec::new(), variables };
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' | '`' => reader.text(rest, first),
            _ if is_mark(first) => reader.push(Token::Value(first.to_string()), first.len_utf8()),
            _ if first.is_ascii_digit() => {
                let length = span(rest, |c| c.is_ascii_digit());
                reader.push(Token::Value(rest[..length].to_string()), length)
            }
            _ if is_name(first) => reader.name(rest),
            _ if first.is_whitespace() => first.len_utf8(),
            '|' | '?' if rest[1..].starts_with(first) => reader.push(Token::Mark('|'), 2),
            // `a?.b`
            '?' if rest[1..].starts_with('.') => 1,
            _ => reader.push(Token::Mark(first), first.len_utf8()),
        };
        rest = &rest[length..];
    }
    reader.join_name();
    reader.tokens
}

fn is_name(character: char) -> bool {
    character.is_alphabetic() || matches!(character, '_' | '$' | '.')
}

fn span(text: &str, fits: impl Fn(char) -> bool) -> usize {
    text.find(|character| !fits(character)).unwrap_or(text.len())
}

struct Reader<'a> {
    tokens: Vec<Token>,
    variables: &'a mut Variables,
}

impl Reader<'_> {
    fn push(&mut self, token: Token, length: usize) -> usize {
        match &token {
            Token::Mark('(' | '[') => {}
            Token::Mark(_) => self.join_name(),
            Token::Value(_) | Token::Name(_) => {}
        }
        let close = matches!(token, Token::Mark(')' | ']'));
        self.tokens.push(token);
        if close {
            self.close();
        }
        self.join();
        length
    }

    fn name(&mut self, rest: &str) -> usize {
        let length = span(rest, |c| is_name(c) || c.is_ascii_digit());
        let name = &rest[..length];
        // `f'...'` and its like are texts with a prefix.
        if length <= 2 && rest[length..].starts_with(['\'', '"']) && name.bytes().all(|b| b"fFrRbBuU".contains(&b)) {
            let format = name.contains(['f', 'F']);
            let quote = if rest[length..].starts_with('"') { '"' } else { '\'' };
            return length + self.quoted(&rest[length..], quote, if format { Some("{") } else { None });
        }
        if name == "or" {
            return self.push(Token::Mark('|'), length);
        }
        let token = match name.strip_prefix("process.env.").or_else(|| name.strip_prefix("Bun.env.")) {
            Some(variable) => Token::Value(self.environment(variable, None)),
            None => Token::Name(name.to_string()),
        };
        self.push(token, length)
    }

    fn text(&mut self, rest: &str, quote: char) -> usize {
        self.quoted(rest, quote, if quote == '`' { Some("${") } else { None })
    }

    /// Reads a text from its opening quote on; `opens` starts an expression in it, `}` ends that.
    fn quoted(&mut self, rest: &str, quote: char, opens: Option<&str>) -> usize {
        let mut text = String::new();
        let mut at = 1;
        while let Some(next) = rest[at..].chars().next() {
            if next == quote {
                at += 1;
                break;
            }
            if next == '\\' {
                let escaped = rest[at + 1..].chars().next();
                text.extend(escaped.filter(|c| !matches!(c, 'n' | 'r' | 't')));
                at += 1 + escaped.map_or(0, char::len_utf8);
                continue;
            }
            if let Some(opens) = opens.filter(|opens| rest[at..].starts_with(opens)) {
                let inside = &rest[at + opens.len()..];
                let length = inside.find('}').unwrap_or(inside.len());
                text.push(self.expression(&inside[..length]));
                at = (at + opens.len() + length + 1).min(rest.len());
                continue;
            }
            text.push(next);
            at += next.len_utf8();
        }
        self.push(Token::Value(text), at)
    }

    /// The mark of an expression in a text: that of a variable of the environment, or of something unknown.
    fn expression(&mut self, code: &str) -> char {
        // One level is enough for `${process.env.PORT || 3000}`; texts with expressions of their own are not followed.
        let simple = !code.contains('`') && code.len() < 200;
        let inner = if simple { tokens(code, self.variables) } else { Vec::new() };
        let known = match inner.as_slice() {
            [Token::Value(text)] => self.variables.only(text).cloned().map(|_| text.chars().next()),
            _ => None,
        };
        match known.flatten() {
            Some(mark) => mark,
            None => self.variables.mark(Variable::default()),
        }
    }

    fn environment(&mut self, name: &str, default: Option<String>) -> String {
        self.variables.mark(Variable { name: Some(name.to_string()), default }).to_string()
    }

    /// Reduces what a closing parenthesis or bracket ends: a look-up in the environment, or one value.
    fn close(&mut self) {
        let start = self.tokens.len().saturating_sub(6);
        let reduced = match &self.tokens[start..] {
            [
                ..,
                Token::Name(name),
                Token::Mark('('),
                Token::Value(key),
                Token::Mark(','),
                Token::Value(default),
                Token::Mark(')'),
            ] if is_lookup(name) => Some((6, key.clone(), Some(default.clone()))),
            [.., Token::Name(name), Token::Mark('('), Token::Value(key), Token::Mark(')')] if is_lookup(name) => {
                Some((4, key.clone(), None))
            }
            [.., Token::Name(name), Token::Mark('['), Token::Value(key), Token::Mark(']')]
                if matches!(name.as_str(), "os.environ" | "environ" | "process.env" | "ENV" | "$_ENV") =>
            {
                Some((4, key.clone(), None))
            }
            _ => None,
        };
        if let Some((count, key, default)) = reduced {
            self.tokens.truncate(self.tokens.len() - count);
            let value = self.environment(&key, default);
            return self.tokens.push(Token::Value(value));
        }
        let drop_name = match &self.tokens[self.tokens.len().saturating_sub(4)..] {
            [Token::Name(name), Token::Mark('('), Token::Value(_), Token::Mark(')')] if is_cast(name) => true,
            [Token::Name(_), Token::Mark('('), Token::Value(_), Token::Mark(')')] => return,
            [.., Token::Mark('('), Token::Value(_), Token::Mark(')')] => false,
            _ => return,
        };
        self.tokens.pop();
        let value = self.tokens.pop();
        self.tokens.pop();
        if drop_name {
            self.tokens.pop();
        }
        self.tokens.extend(value);
    }

    /// Reduces `text + text` and `variable || default` at the end.
    fn join(&mut self) {
        let Some([Token::Value(left), Token::Mark(mark @ ('+' | '|')), Token::Value(right)]) = self.tokens.last_chunk()
        else {
            return;
        };
        if *mark == '|' {
            if self.variables.only(left).is_none() {
                return;
            }
            self.variables.set_default(left, right);
            self.tokens.truncate(self.tokens.len() - 2);
            return;
        }
        let right = right.clone();
        self.tokens.truncate(self.tokens.len() - 2);
        if let Some(Token::Value(left)) = self.tokens.last_mut() {
            left.push_str(&right);
        }
    }

    /// Reduces `text + name` at the end, once it is certain that the name is not called.
    fn join_name(&mut self) {
        if let Some([Token::Value(_), Token::Mark('+'), Token::Name(_)]) = self.tokens.last_chunk() {
            self.tokens.truncate(self.tokens.len() - 2);
            let mark = self.variables.mark(Variable::default());
            if let Some(Token::Value(left)) = self.tokens.last_mut() {
                left.push(mark);
            }
        }
    }
}

fn is_lookup(name: &str) -> bool {
    matches!(name, "os.environ.get" | "environ.get" | "os.getenv" | "getenv" | "ENV.fetch")
}

fn is_cast(name: &str) -> bool {
    matches!(name, "int" | "str" | "Number" | "parseInt" | "String")
}
