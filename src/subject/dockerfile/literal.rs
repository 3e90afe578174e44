//! Literal values that the builder refuses: ports and signals that are none, URLs in COPY.
//!
//! The builder looks at them only when it builds the stage, after expansion. So a value with anything to expand is left
//! to whoever resolves it, and a bad one is a warning: a build of another stage works.

use super::instruction::{Instruction, Keyword, Kind};
use super::{port, signal, words};
use crate::problem::Problem;
use crate::source::Spanned;

/// What the builder refuses in an instruction, if it is certain as it is written.
pub(super) fn refused(instruction: &Instruction, escape: u8) -> Option<Problem> {
    let literal = |value: &&Spanned<String>| !value.value.contains(['$', '"', '\'', escape as char]);
    match &instruction.kind {
        Kind::Stopsignal(value) => {
            let bad = Some(value).filter(literal).filter(|value| !signal::is_known(&value.value))?;
            let what = format!("`{}` is no signal", words::shown(&bad.value));
            Some(Problem::warning(bad.span, what, "write a name such as `SIGTERM`, or a number"))
        }
        Kind::Expose(ports) => {
            let bad = ports.iter().filter(literal).find(|word| port::exposed(&word.value).is_none())?;
            let what = format!("`{}` is no port", words::shown(&bad.value));
            Some(Problem::warning(bad.span, what, "write ports such as `8080`, `53/udp` or `8000-8010`"))
        }
        Kind::Transfer(transfer) if instruction.keyword == Some(Keyword::Copy) => {
            let url = transfer.sources.iter().find(|source| is_url(&source.value))?;
            Some(Problem::warning(url.span, "COPY does not fetch URLs", "use ADD with `--checksum`, or RUN"))
        }
        _ => None,
    }
}

fn is_url(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}
