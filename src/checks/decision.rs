//! Decision: whether the record of a decision is kept alive.

use serde::Deserialize;

use crate::finding::{Finding, Fix, Judgement};
use crate::rule;
use crate::rule::Rule;
use crate::subject::decision::Decision;

/// The rules of this topic.
pub const RULES: &[Rule] = &[rule!("adr-review-overdue", on_decision: adr_review_overdue)];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Titled {
    title: String,
}

fn adr_review_overdue(decision: &Decision, parameters: &Titled) -> Judgement {
    if !decision.title.value.to_lowercase().contains(&parameters.title.to_lowercase()) {
        return Judgement::not_applicable("it is the record of another decision");
    }
    if let Some(status) = decision.status.as_ref().filter(|status| is_closed(&status.value)) {
        return Judgement::not_applicable(format!("the decision is {}", status.value));
    }
    let Some(review) = &decision.review else {
        return Judgement::inconclusive("the record names no next review", Some(decision.title.span));
    };
    let Some(date) = review.date else {
        let why = format!("`{}`, when the next review is, is no date", review.text.value);
        return Judgement::inconclusive(why, Some(review.text.span));
    };
    if date >= decision.today {
        return Judgement::met(review.text.span, format!("the next review is on {date}"));
    }
    let finding = Finding::new(review.text.span, format!("the review was due on {date}"));
    Judgement::violated(finding.fix(Fix::words("review the decision, then write down when the next review is")))
}

/// Whether nobody is held to a decision with this status (any more, or yet).
fn is_closed(status: &str) -> bool {
    // The second spelling is that of adr-tools.
    ["superseded", "superceded", "deprecated", "rejected", "proposed", "draft", "withdrawn"]
        .iter()
        .any(|closed| status.starts_with(closed))
}
