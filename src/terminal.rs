//! Terminal: what may reach one, how wide it is there, and in which colour.
//!
//! Text from scanned files is never written as it is: [`clean`] shows the characters that would act instead of being
//! read, and [`Lines`] is a buffer that lets nothing else in.

mod clean;
mod lines;

use std::ffi::OsString;
use std::io::IsTerminal;

pub use self::clean::{Cleaner, acts, brief, clean, clean_lines, fit, fit_end, width};
pub use self::lines::Lines;

/// When to write in colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// If it goes to a terminal; the environment may say otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether to write to this stream in colour.
    ///
    /// `Auto` honours `NO_COLOR` (<https://no-color.org>), then `CLICOLOR_FORCE` and `CLICOLOR`
    /// (<https://bixense.com/clicolors>), then whether the stream is a terminal that is not dumb.
    pub fn wanted(self, stream: &impl IsTerminal) -> bool {
        self.decide(|name| std::env::var_os(name), stream.is_terminal())
    }

    fn decide(self, variable: impl Fn(&str) -> Option<OsString>, terminal: bool) -> bool {
        let is = |name: &str, value: &str| variable(name).is_some_and(|v| v == value);
        let set = |name: &str| variable(name).is_some_and(|v| !v.is_empty());
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if set("NO_COLOR") => false,
            Color::Auto if set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") => true,
            Color::Auto => terminal && !is("CLICOLOR", "0") && !is("TERM", "dumb"),
        }
    }
}

/// What a piece of text is, for the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Nothing in particular.
    Plain,
    /// A heading or a name that stands out.
    Strong,
    /// What matters less.
    Faint,
    /// The margin beside a text.
    Margin,
    /// An error, or broken.
    Error,
    /// A warning, or not decided.
    Warning,
    /// Advice.
    Note,
    /// As it should be.
    Good,
}

impl Style {
    /// The parameters of the SGR sequence that switches it on (ECMA-48, 8.3.117); empty for plain text. Only the eight
    /// basic colours, which every terminal and CI log has and a user's theme defines.
    fn parameters(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Strong => "1",
            Style::Faint => "2",
            Style::Margin => "1;34",
            Style::Error => "1;31",
            Style::Warning => "1;33",
            Style::Note => "1;36",
            Style::Good => "32",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(environment: &[(&str, &str)], terminal: bool) -> bool {
        let find = |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value));
        Color::Auto.decide(find, terminal)
    }

    #[test]
    fn colour_follows_the_terminal_unless_the_environment_says_otherwise() {
        let cases = [
            (&[][..], true, true, "a terminal has colour"),
            (&[][..], false, false, "a file has none"),
            (&[("NO_COLOR", "1")][..], true, false, "NO_COLOR switches it off"),
            (&[("NO_COLOR", "")][..], true, true, "an empty NO_COLOR says nothing"),
            (&[("CLICOLOR_FORCE", "1")][..], false, true, "a forced file has colour"),
            (&[("CLICOLOR_FORCE", "0")][..], false, false, "0 forces nothing"),
            (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")][..], true, false, "who wants none, gets none"),
            (&[("CLICOLOR", "0")][..], true, false, "CLICOLOR=0 switches it off"),
            (&[("TERM", "dumb")][..], true, false, "a dumb terminal shows the escapes"),
        ];
        for (environment, terminal, expected, why) in cases {
            assert_eq!(auto(environment, terminal), expected, "{why}");
        }
    }

    #[test]
    fn a_flag_beats_the_environment() {
        assert!(Color::Always.decide(|_| Some("1".into()), false));
        assert!(!Color::Never.decide(|_| Some("1".into()), true));
    }
}
