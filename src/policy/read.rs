//! Reading a policy: YAML to controls, every name checked.

use std::sync::Arc;

use globset::{Glob, GlobMatcher};
use serde_json::{Map, Value};

use super::{Binding, Control, Policy, Scope};
use crate::container::Role;
use crate::problem::{Problem, ProblemPlace};
use crate::report::{Assessment, Severity};
use crate::rule::Rule;
use crate::rule::front_matter::FrontMatter;
use crate::source::{SourceId, Span};
use crate::suggest;
use crate::yaml::{self, Entry, Node};

/// A policy is written by people; one with more nodes than this was not.
const MAX_NODES: u32 = 100_000;

/// Runtimes that a scope can name.
const RUNTIMES: [&str; 6] = ["node", "python", "nginx", "redis", "postgres", "other"];

type Problems = Vec<Problem>;

pub(super) fn policy(source: SourceId, text: &str) -> Result<Policy, Problems> {
    let loaded = yaml::load(source, text);
    let mut problems = loaded.problems;
    let Some(root) = loaded.documents.first().filter(|root| root.is_mapping()) else {
        if problems.is_empty() {
            let start = Span::new(source, 0..0);
            problems.push(Problem::error(start, "the file holds no policy", "begin it with `id: name`"));
        }
        return Err(problems);
    };
    if root.weight() > MAX_NODES {
        problems.push(Problem::error(root.span, "the policy is too large", "write aliases out less often"));
        return Err(problems);
    }
    keys(root, &["id", "title", "source", "controls"], "a policy", &mut problems);
    let mut controls: Vec<Control> = Vec::new();
    let list = required(root, "controls", &mut problems);
    for node in list.map_or(&[][..], |list| items(list, "controls", &mut problems)) {
        let Some(control) = control(node, &mut problems) else { continue };
        if controls.iter().any(|other| other.id == control.id) {
            let what = format!("the control `{}` is defined twice", control.id);
            problems.push(Problem::error(node.span, what, "give each control an id of its own"));
        }
        controls.push(control);
    }
    if list.is_some() && controls.is_empty() && problems.is_empty() {
        problems.push(Problem::error(root.span, "the policy has no controls", "list them under `controls`"));
    }
    let policy = Policy {
        id: text_of(root, "id", &mut problems).into(),
        title: text_of(root, "title", &mut problems),
        source: optional_text(root, "source", &mut problems),
        controls,
    };
    // One reads a policy from the top.
    problems.sort_by_key(|problem| match &problem.place {
        ProblemPlace::Span(span) => span.start,
        ProblemPlace::Path(_) => 0,
    });
    if problems.is_empty() { Ok(policy) } else { Err(problems) }
}

pub(super) fn lone_control(rule: &'static Rule) -> Result<Control, String> {
    let page = FrontMatter::read(rule.page).map_err(|why| format!("the page of `{}`: {why}", rule.id))?;
    let open: Vec<_> = page.parameters.iter().filter(|parameter| parameter.default.is_null()).collect();
    if !open.is_empty() {
        let names: Vec<_> = open.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
        return Ok(Control {
            id: rule.id.into(),
            group: page.tags.first().cloned().unwrap_or_default(),
            title: page.title,
            source: String::new(),
            assessment: Assessment::Manual(format!("only a policy can say {}", names.join(" and "))),
            planned: Vec::new(),
            bindings: Vec::new(),
        });
    }
    let parameters = page.defaults();
    let check =
        (rule.bind)(Value::Object(parameters.clone())).map_err(|why| format!("the page of `{}`: {why}", rule.id))?;
    Ok(Control {
        id: rule.id.into(),
        group: page.tags.first().cloned().unwrap_or_default(),
        title: page.title,
        source: String::new(),
        assessment: Assessment::Rules(vec![rule.id]),
        planned: Vec::new(),
        bindings: vec![Binding {
            rule,
            check,
            parameters,
            severity: page.severity,
            scope: Scope::default(),
            place: None,
        }],
    })
}

fn control(node: &Node, problems: &mut Problems) -> Option<Control> {
    if !node.is_mapping() {
        problems.push(Problem::error(node.span, "a control is a mapping", "begin it with `- id: name`"));
        return None;
    }
    let known = ["id", "group", "title", "source", "rules", "planned", "manual", "outside"];
    keys(node, &known, "a control", problems);
    let bindings = node.get("rules").map(|list| bindings(list, problems));
    let planned = node.get("planned").map(|list| planned(list, problems));
    let manual = node.get("manual").and_then(|value| value.scalar_text());
    let outside = node.get("outside").and_then(|value| value.scalar_text());
    let ways = usize::from(bindings.is_some() || planned.is_some())
        + usize::from(manual.is_some())
        + usize::from(outside.is_some());
    if ways != 1 {
        problems.push(Problem::error(
            node.get("id").map_or(node.span, |id| id.span),
            if ways == 0 { "the control says not how it is assessed" } else { "the control is assessed in two ways" },
            "give it exactly one of `rules` (with `planned`), `manual: why` and `outside: tool`",
        ));
    }
    let planned = planned.unwrap_or_default();
    let bindings = bindings.unwrap_or_default();
    let assessment = match (manual, outside) {
        (Some(why), _) => Assessment::Manual(why.to_string()),
        (_, Some(tool)) => Assessment::Outside(tool.to_string()),
        _ if bindings.is_empty() => Assessment::Planned,
        _ => Assessment::Rules(bindings.iter().map(|binding| binding.rule.id).collect()),
    };
    Some(Control {
        id: Arc::from(text_of(node, "id", problems)),
        group: optional_text(node, "group", problems),
        title: text_of(node, "title", problems),
        source: optional_text(node, "source", problems),
        assessment,
        planned,
        bindings,
    })
}

fn planned(list: &Node, problems: &mut Problems) -> Vec<String> {
    let mut planned = Vec::new();
    for item in items(list, "planned", problems) {
        let id = item.scalar_text().unwrap_or_default().to_string();
        if crate::checks::find(&id).is_some() {
            let what = format!("the rule `{id}` is built and cannot be planned");
            problems.push(Problem::error(item.span, what, "bind it under `rules`"));
        }
        planned.push(id);
    }
    planned
}

fn bindings(list: &Node, problems: &mut Problems) -> Vec<Binding> {
    items(list, "rules", problems).iter().filter_map(|item| binding(item, problems)).collect()
}

fn binding(node: &Node, problems: &mut Problems) -> Option<Binding> {
    keys(node, &["rule", "severity", "params", "scope"], "a binding", problems);
    let id = required(node, "rule", problems)?;
    let name = id.scalar_text().unwrap_or_default();
    let Some(rule) = crate::checks::find(name) else {
        let known = crate::checks::rules().map(|rule| rule.id);
        let help = hint(name, known, "see `plimsoll rules` for all rules");
        problems.push(Problem::error(id.span, format!("there is no rule `{name}`"), help));
        return None;
    };
    let page = match FrontMatter::read(rule.page) {
        Ok(page) => page,
        Err(why) => {
            problems.push(Problem::error(
                id.span,
                format!("the page of `{name}`: {why}"),
                "this is a fault of plimsoll",
            ));
            return None;
        }
    };
    let parameters = parameters(node.get("params").map(|params| &**params), &page, problems);
    let check = match (rule.bind)(Value::Object(parameters.clone())) {
        Ok(check) => check,
        Err(why) => {
            let place = node.get("params").map_or(id.span, |params| params.span);
            let help = format!("see `plimsoll explain {name}` for its parameters");
            problems.push(Problem::error(place, format!("the parameters do not fit: {why}"), help));
            return None;
        }
    };
    let severity = severity(node, problems).unwrap_or(page.severity);
    let scope = node.get("scope").map(|scope| self::scope(scope, problems)).unwrap_or_default();
    Some(Binding { rule, check, parameters, severity, scope, place: Some(id.span) })
}

/// The page's defaults with the policy's values over them.
fn parameters(given: Option<&Node>, page: &FrontMatter, problems: &mut Problems) -> Map<String, Value> {
    let mut values = page.defaults();
    if let Some(node) = given.filter(|node| !node.is_mapping()) {
        let what = format!("`params` is {}, not a mapping", node.kind());
        problems.push(Problem::error(node.span, what, "write `name: value`"));
    }
    for Entry { key, value, .. } in given.map_or(&[][..], |node| node.entries()) {
        let names = page.parameters.iter().map(|parameter| parameter.name.as_str());
        if !names.clone().any(|name| name == &*key.value) {
            let all: Vec<_> = names.clone().map(|name| format!("`{name}`")).collect();
            let none = if all.is_empty() { "it has none".to_string() } else { format!("it has {}", all.join(", ")) };
            let help = hint(&key.value, names, &none);
            problems.push(Problem::error(key.span, format!("the rule has no parameter `{}`", key.value), help));
            continue;
        }
        match yaml::to_json(value, MAX_NODES) {
            Ok(value) => drop(values.insert(key.value.to_string(), value)),
            Err(_) => problems.push(Problem::error(key.span, "the value is too large", "write aliases out less often")),
        }
    }
    values
}

fn severity(node: &Node, problems: &mut Problems) -> Option<Severity> {
    let value = node.get("severity")?;
    let name = value.scalar_text().unwrap_or_default();
    let severity = Severity::parse(name);
    if severity.is_none() {
        let help = hint(name, ["error", "warning", "note"], "write `error`, `warning` or `note`");
        problems.push(Problem::error(value.span, format!("there is no severity `{name}`"), help));
    }
    severity
}

fn scope(node: &Node, problems: &mut Problems) -> Scope {
    keys(node, &["runtime", "role", "service", "path"], "a scope", problems);
    let mut scope = Scope { services: globs(node, "service", problems), ..Scope::default() };
    scope.paths = globs(node, "path", problems);
    for item in list_or_one(node.get("runtime").map(|value| &**value)) {
        let name = item.scalar_text().unwrap_or_default();
        if !RUNTIMES.contains(&name) {
            let help = hint(name, RUNTIMES, "write node, python, nginx, redis, postgres or other");
            problems.push(Problem::error(item.span, format!("there is no runtime `{name}`"), help));
        }
        scope.runtimes.push(name.to_string());
    }
    if let Some(value) = node.get("role") {
        let name = value.scalar_text().unwrap_or_default();
        scope.role = Role::parse(name);
        if scope.role.is_none() {
            let help = hint(name, ["application", "infrastructure"], "write `application` or `infrastructure`");
            problems.push(Problem::error(value.span, format!("there is no role `{name}`"), help));
        }
    }
    scope
}

fn globs(node: &Node, key: &str, problems: &mut Problems) -> Vec<GlobMatcher> {
    let mut globs = Vec::new();
    for item in list_or_one(node.get(key).map(|value| &**value)) {
        match Glob::new(item.scalar_text().unwrap_or_default()) {
            Ok(glob) => globs.push(glob.compile_matcher()),
            Err(why) => problems.push(Problem::error(item.span, format!("the pattern is wrong: {why}"), "mend it")),
        }
    }
    globs
}

fn list_or_one(node: Option<&Node>) -> Vec<&Node> {
    match node {
        None => Vec::new(),
        Some(node) if node.is_sequence() => node.items().iter().map(|item| &**item).collect(),
        Some(node) => vec![node],
    }
}

/// The items of what must be a list with something in it.
fn items<'n>(list: &'n Node, key: &str, problems: &mut Problems) -> &'n [Arc<Node>] {
    if !list.is_sequence() || list.items().is_empty() {
        let what = match list.is_sequence() {
            true => format!("`{key}` is an empty list"),
            false => format!("`{key}` is {}, not a list", list.kind()),
        };
        problems.push(Problem::error(list.span, what, "begin each item with `- `"));
    }
    list.items()
}

fn required<'n>(node: &'n Node, key: &str, problems: &mut Problems) -> Option<&'n Node> {
    let value = node.get(key).map(|value| &**value);
    if value.is_none() {
        problems.push(Problem::error(node.span, format!("`{key}` is missing"), format!("add `{key}:`")));
    }
    value
}

fn text_of(node: &Node, key: &str, problems: &mut Problems) -> String {
    required(node, key, problems);
    optional_text(node, key, problems)
}

fn optional_text(node: &Node, key: &str, problems: &mut Problems) -> String {
    let Some(value) = node.get(key) else { return String::new() };
    if value.scalar().is_none() {
        let what = format!("`{key}` is {}", value.kind());
        problems.push(Problem::error(value.span, what, "write a text"));
    }
    value.scalar_text().unwrap_or_default().to_string()
}

/// Says of every key that is not known that it is not.
fn keys(node: &Node, known: &[&str], thing: &str, problems: &mut Problems) {
    if !node.is_mapping() {
        let all: Vec<_> = known.iter().map(|key| format!("`{key}`")).collect();
        let what = format!("{thing} is {}, not a mapping", node.kind());
        problems.push(Problem::error(node.span, what, format!("write {}", all.join(", "))));
    }
    for entry in node.entries() {
        if !known.contains(&&*entry.key.value) {
            let all: Vec<_> = known.iter().map(|key| format!("`{key}`")).collect();
            let help = hint(&entry.key.value, known.iter().copied(), &format!("it has {}", all.join(", ")));
            problems.push(Problem::error(entry.key.span, format!("{thing} has no `{}`", entry.key.value), help));
        }
    }
}

fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    match suggest::nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => otherwise.to_string(),
    }
}
