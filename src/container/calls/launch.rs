//! Launch: what a call runs that only runs something else: `timeout`, `xargs`, `sh -c`.

use super::Word;
use crate::container::argv::file_name;
use crate::container::probe::launch::{self, behind_wrapper};
use crate::shell::{Known, Redirect, TakesValue};
use crate::source::Text;

/// Drops `timeout 60`, `gosu app`, `xargs -n 1` and the like from the front; whether words come down a pipe besides.
pub(super) fn behind_launchers(words: &mut Vec<Word>) -> bool {
    let known = known(words);
    let (mut at, mut piped) = (0, false);
    loop {
        let behind = match behind_xargs(&known[at..]) {
            Some(behind) => {
                piped = true;
                behind
            }
            None => match behind_wrapper(&known[at..]) {
                Some(behind) => behind,
                None => break,
            },
        };
        at += behind;
    }
    words.drain(..at);
    piped
}

fn behind_xargs(words: &[Known]) -> Option<usize> {
    let takes = TakesValue {
        letters: "nIPLadEs",
        names: &["max-args", "max-procs", "max-lines", "arg-file", "delimiter", "max-chars"],
    };
    if file_name(&words.first()?.text) != "xargs" {
        return None;
    }
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|word| word.text.starts_with('-')) {
        at += 1 + usize::from(takes.in_next_word(&word.text));
    }
    (at < words.len()).then_some(at)
}

/// The text that `sh -c` or `su app -c` runs, with its places if it stands there as it is.
pub(super) fn shell_text(words: &[Word], text: &Text) -> Option<Text> {
    let program = file_name(words.first()?.text.as_deref()?);
    let behind = if matches!(program, "su" | "runuser") {
        let option = |word: &Word| matches!(word.text.as_deref(), Some("-c" | "--command"));
        2 + words[1..].iter().position(option)?
    } else if launch::is_shell(program) {
        1 + launch::shell_text(program, &known(&words[1..]))?.0
    } else {
        return None;
    };
    let word = words.get(behind)?;
    inside_quotes(word, text).or_else(|| Some(Text::anchored(word.text.clone()?, text.full_span())))
}

/// The text that `sh <<EOF` runs.
pub(super) fn heredoc(words: &[Word], redirects: &[Redirect], text: &Text) -> Option<Text> {
    let (program, arguments) = words.split_first()?;
    let is_option = |word: &Word| word.text.as_deref().is_some_and(|text| text.starts_with(['-', '+']));
    if !launch::is_shell(file_name(program.text.as_deref()?)) || !arguments.iter().all(is_option) {
        return None;
    }
    let body = redirects.iter().rev().find_map(|redirect| redirect.body.clone())?;
    Some(text.slice(body))
}

/// What stands in the quotes of a word, if the shell takes all of it as it is but for variables.
fn inside_quotes(word: &Word, text: &Text) -> Option<Text> {
    let raw = text.value.get(word.range.clone())?;
    let quote = raw.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let inner = raw.strip_prefix(quote)?.strip_suffix(quote)?;
    let plain = !inner.contains(quote) && (quote == '\'' || !inner.contains(['\\', '`']));
    plain.then(|| text.slice(word.range.start + 1..word.range.end - 1))
}

fn known(words: &[Word]) -> Vec<Known> {
    let known = |word: &Word| Known { text: word.text.clone().unwrap_or_default(), whole: word.text.is_some() };
    words.iter().map(known).collect()
}
