//! Versions of base images against demands.

use super::*;
use crate::container::runtime::VersionFact;

fn known(version: &str) -> VersionFact {
    VersionFact::Known(Version::parse(version).expect("a version"))
}

/// `yes`, `no`, or `open`.
fn verdict(fact: &VersionFact, demand: &Demand) -> &'static str {
    match agrees(fact, demand) {
        Agreement::Agrees => "yes",
        Agreement::Disagrees => "no",
        Agreement::Open(why) => {
            assert!(!why.is_empty());
            "open"
        }
    }
}

#[test]
fn a_version_agrees_as_far_as_both_are_written() {
    for (tag, wanted, expected) in [
        ("20", "20.11.1", "yes"),
        ("20.11", "20.11.1", "yes"),
        ("20.11.1", "20.11.1", "yes"),
        ("20.11.1", "20", "yes"),
        ("20.9", "20.11.1", "no"),
        ("20.11.0", "20.11.1", "no"),
        ("18", "20.11.1", "no"),
        ("18", "20", "no"),
        ("3", "3.11", "open"),
        ("3", "3.11.4", "open"),
        ("3", "3", "yes"),
        ("3.11", "3.11.4", "yes"),
        ("3.12", "3.11.4", "no"),
        ("2", "3.11", "no"),
        ("3.11.4", "3.11", "yes"),
        ("3.1", "3.11", "no"),
        ("0", "0.12", "open"),
        ("0.12", "0.12.7", "yes"),
    ] {
        let demand = Demand::Exact(Version::parse(wanted).expect("a version"));
        assert_eq!(verdict(&known(tag), &demand), expected, "{tag} for {wanted}");
    }
}

#[test]
fn a_version_agrees_with_a_range_that_holds_the_newest_it_may_mean() {
    use range::Grammar::{Npm, Python};
    for (tag, grammar, wanted, expected) in [
        ("20", Npm, ">=18", "yes"),
        ("18", Npm, ">=18", "yes"),
        ("16", Npm, ">=18", "no"),
        ("18", Npm, "^20", "no"),
        ("20", Npm, "^20.0.0", "yes"),
        ("20", Npm, "^20.10.0", "yes"),
        ("20", Npm, ">=20.10", "yes"),
        ("20.9", Npm, ">=20.10", "no"),
        ("20.10", Npm, ">=20.10.3", "yes"),
        ("20.10.2", Npm, ">=20.10.3", "no"),
        ("20.10.3", Npm, ">=20.10.3", "yes"),
        ("20", Npm, "<20.5", "open"),
        ("20", Npm, "~20.1", "open"),
        ("20.1", Npm, "~20.1", "yes"),
        ("20.2", Npm, "~20.1", "no"),
        ("20", Npm, ">20", "no"),
        ("21", Npm, ">20", "yes"),
        ("20", Npm, "<=20", "yes"),
        ("20", Npm, "<20", "no"),
        ("20", Npm, "18 || 20", "yes"),
        ("19", Npm, "18 || 20", "no"),
        ("20", Npm, "18.19.0 || 20.11.1", "yes"),
        ("20.11.0", Npm, "18.19.0 || 20.11.1", "no"),
        ("20", Npm, "18 - 20", "yes"),
        ("21", Npm, "18 - 20", "no"),
        ("20", Npm, "18.0.0 - 20.2.3", "open"),
        ("20", Npm, "20.11.1", "yes"),
        ("20", Npm, "*", "yes"),
        ("20", Npm, "<*", "no"),
        ("20", Npm, ">=20.5 <20.5", "no"),
        ("20", Npm, ">20.5.0 <=20.5.0", "no"),
        ("20", Npm, ">=20.5.0 <=20.5.0", "open"),
        ("20", Npm, "20.1.x 20.2.x", "no"),
        ("3.11", Python, ">=3.11,<3.13", "yes"),
        ("3.12.4", Python, ">=3.11,<3.13", "yes"),
        ("3.13", Python, ">=3.11,<3.13", "no"),
        ("3.10", Python, ">=3.11", "no"),
        ("3", Python, ">=3.11,<3.13", "open"),
        ("3", Python, ">=3.11", "yes"),
        ("3", Python, "^3.11", "yes"),
        ("3", Python, "==3.11.*", "open"),
        ("3", Python, ">=2.7,<3", "no"),
        ("3.11", Python, "==3.11", "yes"),
        ("3.11.4", Python, "==3.11", "no"),
        ("3.11", Python, ">3.11", "yes"),
        ("3.11.0", Python, ">3.11", "no"),
        ("3.12", Python, "<=3.12", "open"),
        ("3.12.1", Python, "<=3.12", "no"),
        ("3.9", Python, ">=3.8,!=3.9.*", "no"),
        ("3.9", Python, ">=3.8,!=3.9.7", "yes"),
        ("3.9.7", Python, ">=3.8,!=3.9.7", "no"),
        ("3", Python, ">=3.8,!=3.9.*", "yes"),
    ] {
        let demand = range::parse(wanted, grammar).expect("a range");
        assert_eq!(verdict(&known(tag), &demand), expected, "{tag} for {wanted}");
    }
}

#[test]
fn what_moves_or_is_not_told_is_open() {
    let range = |text| range::parse(text, range::Grammar::Npm).expect("a range");
    for fact in
        [VersionFact::Moving("latest".to_string()), VersionFact::Moving("lts".to_string()), VersionFact::Unknown]
    {
        for demand in [range("20"), range(">=18"), open("lts/*")] {
            assert_eq!(verdict(&fact, &demand), "open", "{fact:?} for {demand:?}");
        }
        assert_eq!(verdict(&fact, &range("*")), "yes", "any version is one that `*` takes");
    }
    assert_eq!(verdict(&known("20"), &open("lts/*")), "open");
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_with_places_inside_it(text in "(\\PC|[\\r\\n\\t\u{feff}\"'\\[\\]{}=#.|<>~^0-9 ])*") {
        for (name, _) in FILES {
            for text in [text.clone(), format!("{{\"engines\":{{\"node\":{text:?}}}}}"), format!("[project]\nrequires-python={text}")] {
                for file in read(name, SOURCE, &text) {
                    assert!(text.get(file.span.range()).is_some());
                    for tag in ["20", "3", "3.11", "20.11.1"] {
                        agrees(&known(tag), &file.demand);
                    }
                }
            }
        }
    }
}
