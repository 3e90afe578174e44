//! Dockerignore: which files of a build context never reach the builder.
//!
//! Follows BuildKit: patterns are paths from the root of the context, `*` stays within a folder, `**` does not, what is
//! below a folder that matches is excluded with it, and the last pattern that matches decides.

use std::sync::OnceLock;

use globset::{Glob, GlobBuilder, GlobMatcher};

use crate::source::{SourceId, Span};

/// More patterns than this are not kept; the file then counts as not known.
const MAX_PATTERNS: usize = 10_000;

/// An ignore file.
#[derive(Debug, Clone)]
pub struct Dockerignore {
    /// The file.
    pub source: SourceId,
    patterns: Vec<Pattern>,
    /// Why some of it is not known.
    pub incomplete: Option<String>,
}

#[derive(Debug, Clone)]
struct Pattern {
    span: Span,
    includes: bool,
    shape: Shape,
}

/// What a pattern matches. A matcher is compiled when it is first asked, which few are: most patterns are plain.
#[derive(Debug, Clone)]
enum Shape {
    /// This path.
    Plain(String),
    /// `**/` and a plain path: it at any depth.
    AnyDepth(String),
    /// Anything else.
    Glob(Box<Glob>, OnceLock<GlobMatcher>),
}

impl Dockerignore {
    /// An ignore file that is there and cannot be read.
    pub fn unread(source: SourceId, why: String) -> Dockerignore {
        Dockerignore { source, patterns: Vec::new(), incomplete: Some(why) }
    }

    /// Reads an ignore file. A pattern that is malformed makes the file incomplete: the build fails on it.
    pub fn parse(source: SourceId, text: &str) -> Dockerignore {
        let mut file = Dockerignore { source, patterns: Vec::new(), incomplete: None };
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let start = offset;
            offset += line.len();
            let line = if start == 0 { line.trim_start_matches('\u{feff}') } else { line };
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let (start, line) = (offset - line.trim_start().len(), line.trim());
            if file.patterns.len() >= MAX_PATTERNS {
                file.incomplete = Some(format!("the ignore file has more than {MAX_PATTERNS} patterns"));
                break;
            }
            let (includes, text) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            let cleaned = clean(text);
            if cleaned.is_empty() && !includes {
                continue;
            }
            match Shape::of(&cleaned) {
                Some(shape) if !cleaned.is_empty() => {
                    let span = Span::new(source, start..start + line.len());
                    file.patterns.push(Pattern { span, includes, shape });
                }
                _ => file.incomplete = Some(format!("the ignore file has the pattern `{line}`, which is malformed")),
            }
        }
        file
    }

    /// The pattern that keeps a path out of the build, if one does. `path` is relative to the context, `/`-separated.
    pub fn excludes(&self, path: &str) -> Option<Span> {
        let path = clean(path);
        let mut excluded = None;
        for pattern in &self.patterns {
            if pattern.shape.matches_or_holds(&path) {
                excluded = (!pattern.includes).then_some(pattern.span);
            }
        }
        excluded
    }

    /// Whether anything is excluded at all.
    pub fn filters(&self) -> bool {
        self.patterns.iter().any(|pattern| !pattern.includes)
    }
}

impl Shape {
    /// Braces and commas mean nothing here, unlike to the matcher. `None` if it is malformed.
    fn of(pattern: &str) -> Option<Shape> {
        let special = ['*', '?', '[', ']', '\\'];
        if !pattern.contains(special) {
            return Some(Shape::Plain(pattern.to_string()));
        }
        if let Some(rest) = pattern.strip_prefix("**/").filter(|rest| !rest.contains(special)) {
            return Some(Shape::AnyDepth(rest.to_string()));
        }
        let escaped = pattern.replace('{', "[{]").replace('}', "[}]").replace(',', "[,]");
        let glob = GlobBuilder::new(&escaped).literal_separator(true).backslash_escape(true).build().ok()?;
        Some(Shape::Glob(Box::new(glob), OnceLock::new()))
    }

    /// Whether it matches a path or a folder that the path is in.
    fn matches_or_holds(&self, path: &str) -> bool {
        match self {
            Shape::Plain(plain) => holds(plain, path),
            Shape::AnyDepth(plain) => {
                holds(plain, path) || path.match_indices('/').any(|(at, _)| holds(plain, &path[at + 1..]))
            }
            Shape::Glob(glob, matcher) => {
                let matcher = matcher.get_or_init(|| glob.compile_matcher());
                matcher.is_match(path) || path.match_indices('/').any(|(at, _)| matcher.is_match(&path[..at]))
            }
        }
    }
}

/// Whether a path is this one or below it.
fn holds(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A pattern or path without `.`, `..`, empty parts and a slash in front.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excluded(file: &str, path: &str) -> bool {
        Dockerignore::parse(SourceId(0), file).excludes(path).is_some()
    }

    #[test]
    fn patterns_follow_buildkit() {
        let cases = [
            ("node_modules", "node_modules/a/b.js", true, "what is below goes with the folder"),
            ("node_modules", "web/node_modules/a.js", false, "a name alone is at the root only"),
            ("**/node_modules", "web/node_modules/a.js", true, "any depth"),
            ("**/node_modules", "node_modules", true, "any depth, none too"),
            ("*.md", "docs/a.md", false, "a star stays in its folder"),
            ("*\n!src", "src/main.rs", false, "the last one that matches decides"),
            ("*\n!src\nsrc/secret", "src/secret", true, "and so back again"),
            ("/dist/", "dist/a.js", true, "slashes at both ends say nothing"),
            ("# dist\n", "# dist", false, "a comment"),
            (" # dist", "# dist", true, "not at the start of its line it is a name"),
            ("\u{feff}dist\r\n", "dist", true, "a byte order mark and CRLF"),
            (".", "src", false, "a dot says nothing"),
            ("a{b,c}", "ab", false, "braces are names"),
            ("a?c", "abc", true, "one character"),
            ("[ab]x", "bx", true, "one of them"),
        ];
        for (file, path, expected, why) in cases {
            assert_eq!(excluded(file, path), expected, "{file:?} on {path}: {why}");
        }
    }

    #[test]
    fn places_are_those_of_the_line() {
        let text = "# x\n  dist  \n";
        let span = Dockerignore::parse(SourceId(0), text).excludes("dist/a").expect("excluded");
        assert_eq!(&text[span.range()], "dist");
    }

    #[test]
    fn malformed_patterns_leave_the_file_open() {
        assert!(Dockerignore::parse(SourceId(0), "!\n").incomplete.is_some());
        assert!(Dockerignore::parse(SourceId(0), "[a\n").incomplete.is_some());
        assert!(Dockerignore::parse(SourceId(0), "dist\n").incomplete.is_none());
    }
}
