//! Decision: an architecture decision record, as far as its review goes: title, status, and when it is due.
//!
//! Reads what the usual templates write: a heading, and lines such as `**Status**: Accepted`, `- Next review: 2026-01-10`,
//! `| Next review | 2026-01-10 |`, or the same as front matter. Everything else of the record is for people.

pub mod date;

use crate::source::{SourceId, Span, Spanned};
use date::Date;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Labels under which a record says when it is to be looked at again.
const REVIEW_LABELS: [&str; 8] = [
    "next review",
    "next-review",
    "next review date",
    "review by",
    "review-by",
    "review date",
    "review due",
    "revisit by",
];

/// A decision record.
#[derive(Debug, Clone)]
pub struct Decision {
    /// What reports call the file.
    pub path: String,
    /// The first heading; the start of the file if there is none.
    pub title: Spanned<String>,
    /// `accepted`, `superseded by ...`, as the record says, in lower case.
    pub status: Option<Spanned<String>>,
    /// What it says about its next review.
    pub review: Option<Review>,
    /// The day of the run.
    pub today: Date,
}

/// When a decision is to be reviewed.
#[derive(Debug, Clone)]
pub struct Review {
    /// The text behind the label.
    pub text: Spanned<String>,
    /// The day, if the text begins with one.
    pub date: Option<Date>,
}

/// Whether a file is a decision record by its name and its folder's.
pub fn is_decision_path(folder: &str, name: &str) -> bool {
    let folders = ["adr", "adrs", "decisions", "decision-records"];
    if !folders.iter().any(|known| folder.eq_ignore_ascii_case(known)) {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let number = lower.trim_start_matches("adr").trim_start_matches(['-', '_']);
    lower.ends_with(".md") && number.starts_with(|c: char| c.is_ascii_digit())
}

/// Reads a record.
pub fn read(source: SourceId, path: &str, text: &str, today: Date) -> Decision {
    let mut decision = Decision {
        path: path.to_string(),
        title: Spanned::new(path.to_string(), Span::new(source, 0..0)),
        status: None,
        review: None,
        today,
    };
    let (mut offset, mut titled, mut fenced, mut heading_status) = (0, false, false, false);
    let mut in_front_matter = false;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let trimmed = line.trim_start_matches(BYTE_ORDER_MARK).trim();
        if trimmed == "---" && (start == 0 || in_front_matter) {
            in_front_matter = start == 0 && text[offset..].lines().any(|line| line.trim() == "---");
        }
        // There, it opens a comment, as in the template of MADR, and no heading.
        if in_front_matter && trimmed.starts_with('#') {
            continue;
        }
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
        }
        if fenced || trimmed.is_empty() {
            continue;
        }
        let place = |part: &str| {
            let at = start + (part.as_ptr() as usize - line.as_ptr() as usize);
            Span::new(source, at..at + part.len())
        };
        if let Some(heading) = trimmed.strip_prefix('#') {
            let heading = heading.trim_start_matches('#').trim();
            if !titled && !heading.is_empty() {
                (decision.title, titled) = (Spanned::new(heading.to_string(), place(heading)), true);
            }
            heading_status = heading.eq_ignore_ascii_case("status");
            continue;
        }
        if std::mem::take(&mut heading_status) && decision.status.is_none() {
            let status = trimmed.trim_matches(['*', '_', '`', '-', ' ']);
            decision.status = Some(Spanned::new(status.to_lowercase(), place(status)));
        }
        let Some((label, value)) = labelled(trimmed) else { continue };
        if label == "status" && decision.status.is_none() {
            decision.status = Some(Spanned::new(value.to_lowercase(), place(value)));
        } else if REVIEW_LABELS.contains(&label.as_str()) {
            let text = Spanned::new(value.to_string(), place(value));
            // The latest one counts: records grow at their end.
            decision.review = Some(Review { date: date::leading(value), text });
        }
    }
    decision
}

/// The label of a line, in lower case and without marks, and what stands behind it.
fn labelled(line: &str) -> Option<(String, &str)> {
    let line = line.trim_start_matches(['-', '*', '+', '>', '|', ' ']);
    let end = line.find([':', '|'])?;
    let label = line[..end].trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '`')).to_lowercase();
    let value = line[end + 1..].trim_start_matches(['*', '_', ':']);
    let value = value.trim_matches(|c: char| c.is_whitespace() || matches!(c, '|' | '*' | '_' | '`' | '"' | '\''));
    (!value.is_empty() && label.len() <= 40).then_some((label, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(text: &str) -> Decision {
        read(SourceId(0), "docs/adr/0003-x.md", text, Date::new(2026, 1, 1).expect("a day"))
    }

    #[test]
    fn the_usual_templates_are_read() {
        let cases = [
            "# ADR 0003: X\n\n**Status**: Accepted\n\n**Next Review**: 2026-01-10 (Quarterly review)\n",
            "---\nstatus: accepted\nnext-review: 2026-01-10\n---\n# ADR 0003: X\n",
            "# ADR 0003: X\r\n## Status\r\n\r\nAccepted\r\n\r\n- Review by: 10 January 2026\r\n",
            "# ADR 0003: X\n| Status | accepted |\n| Next review | January 10, 2026 |\n",
            "\u{feff}# ADR 0003: X\n## Status\n**Accepted**\n\nNext review: 2026-01-10\n## Context\n",
            "---\n# These are optional, remove them.\nstatus: accepted\nnext-review: 2026-01-10\n---\n# ADR 0003: X\n",
        ];
        for text in cases {
            let decision = decision(text);
            assert_eq!(decision.title.value, "ADR 0003: X", "{text}");
            assert!(decision.status.expect("a status").value.starts_with("accepted"), "{text}");
            let review = decision.review.expect("a review");
            assert_eq!(review.date, Date::new(2026, 1, 10), "{text}");
            assert_eq!(&text[review.text.span.range()], review.text.value, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_kept_as_text() {
        let review = decision("Next review: when we feel like it\n").review.expect("a review");
        assert_eq!((review.date, review.text.value.as_str()), (None, "when we feel like it"));
        assert!(decision("```\nNext review: 2026-01-10\n```\n").review.is_none(), "an example is none");
    }

    #[test]
    fn records_are_known_by_name_and_folder() {
        assert!(is_decision_path("adr", "0003-container-optimization.md"));
        assert!(is_decision_path("decisions", "ADR-0003.md"));
        assert!(!is_decision_path("docs", "0003-x.md"));
        assert!(!is_decision_path("adr", "README.md"));
    }
}
