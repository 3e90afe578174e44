//! Rule: the tool and its rules as SARIF describes them, with the properties that GitHub reads.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor, Tool, ToolComponent,
};

use super::text::{plain, sentence};
use crate::report::{Assessment, Header, RuleInfo, Severity};

/// What GitHub takes of a description, in characters.
const DESCRIPTION_LIMIT: usize = 1024;

/// What GitHub shows of the tags of one rule.
const TAG_LIMIT: usize = 10;

/// The tag that makes GitHub file an alert under security, and the group name that does the same here.
const SECURITY: &str = "security";

/// The tool with these rules, in this order.
pub fn tool(header: &Header, rules: &[&RuleInfo]) -> Tool {
    let mut driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules.iter().map(|rule| descriptor(rule, is_security(header, rule))).collect::<Vec<_>>())
        .build();
    driver.information_uri = Some(env!("CARGO_PKG_REPOSITORY").to_string()).filter(|uri| !uri.is_empty());
    Tool::builder().driver(driver).build()
}

/// A rule is about security if it says so, or if a control of that group is assessed by it.
fn is_security(header: &Header, rule: &RuleInfo) -> bool {
    let asked = || {
        header.controls.iter().filter(|control| control.group == SECURITY).any(|control| match &control.assessment {
            Assessment::Rules(rules) => rules.contains(&rule.id),
            _ => false,
        })
    };
    rule.tags.iter().any(|tag| tag == SECURITY) || asked()
}

fn descriptor(rule: &RuleInfo, security: bool) -> ReportingDescriptor {
    let title = first_of([&rule.title, rule.id]);
    let summary = first_of([&rule.summary, title]);
    let mut help = multiformat(format!(
        "{} `plimsoll explain {}` shows the whole page.",
        sentence(plain(summary, DESCRIPTION_LIMIT)),
        rule.id
    ));
    help.markdown = Some(rule.markdown.clone()).filter(|page| !page.trim().is_empty());
    ReportingDescriptor::builder()
        .id(rule.id)
        .name(pascal_case(rule.id))
        .short_description(multiformat(sentence(plain(title, DESCRIPTION_LIMIT - 1))))
        .full_description(multiformat(sentence(plain(summary, DESCRIPTION_LIMIT - 1))))
        .help(help)
        .default_configuration(ReportingConfiguration::builder().level(json!(rule.severity.as_str())).build())
        .properties(properties(rule, security))
        .build()
}

fn properties(rule: &RuleInfo, security: bool) -> PropertyBag {
    let mut more = BTreeMap::new();
    more.insert("precision".to_string(), json!("high"));
    more.insert("problem.severity".to_string(), json!(problem_severity(rule.severity)));
    if security {
        more.insert("security-severity".to_string(), json!(security_severity(rule.severity)));
    }
    if !rule.similar.is_empty() {
        more.insert("similar".to_string(), json!(rule.similar));
    }
    PropertyBag::builder().tags(tags(rule, security)).additional_properties(more).build()
}

/// Distinct and not empty, `security` first.
fn tags(rule: &RuleInfo, security: bool) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let own = rule.tags.iter().map(String::as_str);
    for tag in security.then_some(SECURITY).into_iter().chain(own) {
        if !tag.is_empty() && !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_string());
        }
        if tags.len() == TAG_LIMIT {
            break;
        }
    }
    tags
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    }
}

/// The middle of GitHub's bands high, medium and low; a number in a string, as its parser wants it.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "8.0",
        Severity::Warning => "5.5",
        Severity::Note => "2.0",
    }
}

/// `user-root` as `UserRoot`.
fn pascal_case(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for word in id.split('-') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn first_of(texts: [&str; 2]) -> &str {
    if texts[0].trim().is_empty() { texts[1] } else { texts[0] }
}

fn multiformat(text: String) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::report::ControlInfo;

    fn rule(severity: Severity, tags: &[&str]) -> RuleInfo {
        RuleInfo {
            id: "user-root",
            title: "the container runs as root".into(),
            summary: String::new(),
            markdown: "# Why\n".into(),
            severity,
            tags: tags.iter().map(|tag| tag.to_string()).collect(),
            similar: vec!["hadolint:DL3002".into()],
        }
    }

    fn control(group: &str, rules: Vec<&'static str>) -> ControlInfo {
        ControlInfo {
            policy: Arc::from("adr-0003"),
            id: Arc::from("non-root"),
            title: "no root".into(),
            group: group.into(),
            source: "3.1".into(),
            assessment: Assessment::Rules(rules),
        }
    }

    #[test]
    fn a_security_rule_has_the_tag_and_a_score_in_a_string() {
        for (severity, score) in [(Severity::Error, "8.0"), (Severity::Warning, "5.5"), (Severity::Note, "2.0")] {
            let bag = properties(&rule(severity, &["identity", "security"]), true);
            assert_eq!(bag.tags, Some(vec!["security".to_string(), "identity".to_string()]));
            assert_eq!(bag.additional_properties["security-severity"], json!(score));
        }
    }

    #[test]
    fn another_rule_has_neither() {
        let bag = properties(&rule(Severity::Note, &["build"]), false);
        assert_eq!(bag.tags, Some(vec!["build".to_string()]));
        assert!(!bag.additional_properties.contains_key("security-severity"));
        assert_eq!(bag.additional_properties["problem.severity"], json!("recommendation"));
    }

    #[test]
    fn a_control_of_the_security_group_makes_its_rules_security_rules() {
        let header = |controls| Header { rules: vec![], controls, min_severity: Severity::Note };
        let rule = rule(Severity::Error, &[]);
        assert!(is_security(&header(vec![control("security", vec!["user-root"])]), &rule));
        assert!(!is_security(&header(vec![control("security", vec!["image-latest"])]), &rule));
        assert!(!is_security(&header(vec![control("identity", vec!["user-root"])]), &rule));
    }

    #[test]
    fn no_more_tags_than_github_shows_and_none_twice() {
        let many: Vec<String> = (0..30).map(|i| format!("tag-{}", i / 2)).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let tags = tags(&rule(Severity::Error, &many), true);
        assert_eq!(tags.len(), 10);
        assert_eq!(tags[..3], ["security", "tag-0", "tag-1"]);
    }

    #[test]
    fn texts_fit_and_are_never_empty() {
        let long = RuleInfo { title: "ä".repeat(5000), ..rule(Severity::Error, &[]) };
        let described = descriptor(&long, true).short_description.map(|text| text.text).unwrap_or_default();
        assert!(described.encode_utf16().count() <= DESCRIPTION_LIMIT);
        let bare = RuleInfo { title: " ".into(), markdown: String::new(), ..rule(Severity::Error, &[]) };
        let bare = descriptor(&bare, true);
        assert_eq!(bare.short_description.map(|text| text.text).as_deref(), Some("user-root."));
        assert_eq!(bare.help.and_then(|help| help.markdown), None);
    }

    #[test]
    fn a_name_is_in_pascal_case() {
        assert_eq!(pascal_case("nginx-headers-missing"), "NginxHeadersMissing");
        assert_eq!(pascal_case("--"), "");
    }
}
