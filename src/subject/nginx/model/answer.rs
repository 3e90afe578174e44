//! Answers: which levels may answer a path once nginx has redirected it inside.
//!
//! Whether a file exists is not known, so both ways of every `try_files` are gone; an index makes another request of a
//! directory, and the last argument of `try_files` one of whatever was not found.

use super::handler::Handler;
use super::location::Chosen;
use super::{Configuration, LevelId, Setting};
use crate::subject::nginx::{Directive, Word};

/// The levels that may answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Each once, in the order in which nginx comes to them.
    pub levels: Vec<LevelId>,
    /// Why there may be others.
    pub unknown: Option<String>,
}

/// What happens to a path for which there is no file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fallback<'a> {
    /// It is answered as if this path had been asked for.
    Path(&'a Word),
    /// A named location answers.
    Named(&'a Word),
    /// A status goes out.
    Status(&'a Word),
}

impl<'a> Fallback<'a> {
    /// The word that names it.
    pub fn word(&self) -> &'a Word {
        match self {
            Fallback::Path(word) | Fallback::Named(word) | Fallback::Status(word) => word,
        }
    }
}

/// How often nginx redirects inside before it gives up.
const MAX_REDIRECTS: usize = 10;

impl Configuration {
    /// The levels that may answer a path.
    pub fn answers(&self, server: LevelId, path: &str) -> Answers {
        let mut answers = Answers::default();
        let mut paths = vec![path.to_string()];
        let mut seen = 0;
        while let Some(path) = paths.get(seen).cloned() {
            seen += 1;
            match self.location_for(server, &path) {
                Chosen::Level(level) => self.follow(level, &path, &mut answers, &mut paths),
                Chosen::Unknown(why) => answers.unknown = answers.unknown.or(Some(why)),
            }
            if seen > MAX_REDIRECTS {
                break;
            }
        }
        answers
    }

    fn follow(&self, level: LevelId, path: &str, answers: &mut Answers, paths: &mut Vec<String>) {
        if answers.levels.contains(&level) && paths.len() > MAX_REDIRECTS {
            return;
        }
        if !answers.levels.contains(&level) {
            answers.levels.push(level);
        }
        if !matches!(self.handler(level), Handler::Files) && self.try_files(level).is_none() {
            return;
        }
        let mut go = |path: String| {
            if !paths.contains(&path) {
                paths.push(path);
            }
        };
        match self.try_files(level).map(|directive| directive.arguments.as_slice()) {
            None if path.ends_with('/') => go(format!("{path}{}", self.index_file(level))),
            None => {}
            Some(words) => {
                if words[..words.len().saturating_sub(1)].iter().any(|word| word.text == "$uri/") && path.ends_with('/')
                {
                    go(format!("{path}{}", self.index_file(level)));
                }
                match words.last().map(fallback) {
                    Some(Fallback::Path(word)) => go(fallback_path(&word.text, path)),
                    Some(Fallback::Named(word)) => match self.named(level, &word.text) {
                        Some(named) if !answers.levels.contains(&named) => answers.levels.push(named),
                        _ => {}
                    },
                    _ => {}
                }
            }
        }
    }

    /// The `try_files` in force: those of a server do not reach into its locations.
    pub fn try_files(&self, level: LevelId) -> Option<&Directive> {
        self.level(level).own("try_files").next_back()
    }

    /// What `try_files` does in the end with a path for which there is no file.
    pub fn fallback(&self, level: LevelId) -> Option<Fallback<'_>> {
        self.try_files(level)?.arguments.last().map(fallback)
    }

    /// The first file that stands for a directory.
    pub fn index_file(&self, level: LevelId) -> &str {
        match self.setting(level, "index") {
            Setting::Set(_, directive) => directive.argument(0).map_or("index.html", |word| &word.text),
            _ => "index.html",
        }
    }

    /// The `error_page` in force for a status, with its target.
    pub fn error_page(&self, level: LevelId, status: &str) -> Option<(&Directive, &Word)> {
        let (_, level) = self.outwards(level).find(|(_, level)| level.own("error_page").next().is_some())?;
        level.own("error_page").find_map(|directive| {
            let (target, codes) = directive.arguments.split_last()?;
            codes.iter().any(|word| word.text == status).then_some((directive, target))
        })
    }
}

/// What the last argument of `try_files` means.
fn fallback(word: &Word) -> Fallback<'_> {
    match word.text.as_bytes().first() {
        Some(b'@') => Fallback::Named(word),
        Some(b'=') => Fallback::Status(word),
        _ => Fallback::Path(word),
    }
}

/// The path that a fallback asks for: without its query, `$uri` filled in.
fn fallback_path(text: &str, path: &str) -> String {
    let text = text.split_once('?').map_or(text, |(before, _)| before);
    text.replace("$is_args", "").replace("$args", "").replace("$query_string", "").replace("$uri", path)
}
