//! `$NAME` and `${NAME:-default}` in the values of a Compose file.
//!
//! Values are expanded file by file before anything is merged; keys never are. A variable that has neither a value nor
//! a default leaves `${NAME}` in the text, and the value is then unknown instead of empty: whoever starts the project
//! may well have set it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::environment::{Definition, Environment};
use crate::problem::Problem;
use crate::source::Span;
use crate::yaml::{Entry, Node, Resolved, Scalar, Trail, Value, Written};

/// Defaults in defaults, at most.
const DEPTH: usize = 30;
/// Longest text that expansion may make.
const LONGEST: usize = 1 << 18;

/// An expanded text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The text, `${NAME}` standing for what is not known.
    pub text: String,
    /// Why it is not known in full.
    pub unknown: Option<String>,
    /// Variables without a value or a default.
    pub missing: Vec<String>,
    /// Where the values came from.
    pub through: Vec<Span>,
    /// `(start, end, offset)`: what was kept of the text before, and where it is now.
    pub kept: Vec<(u32, u32, u32)>,
}

impl Outcome {
    /// Appends a part of the text that stands outside of variables at `start`.
    fn keep(&mut self, part: &str, start: usize, depth: usize) {
        if depth == 0 && !part.is_empty() {
            self.kept.push((start as u32, (start + part.len()) as u32, self.text.len() as u32));
        }
        self.text.push_str(part);
    }
}

/// A text that cannot be expanded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// What is wrong.
    pub what: String,
    /// The next step.
    pub help: String,
}

impl Fault {
    fn new(what: impl Into<String>, help: impl Into<String>) -> Fault {
        Fault { what: what.into(), help: help.into() }
    }
}

type Lookup<'a> = &'a dyn Fn(&str) -> Option<Definition>;

/// Expands all variables of a text.
pub(super) fn expand(text: &str, lookup: Lookup<'_>) -> Result<Outcome, Fault> {
    let mut outcome = Outcome::default();
    if text.contains('$') {
        expand_into(text, lookup, &mut outcome, 0)?;
    } else {
        outcome.text = text.to_string();
    }
    Ok(outcome)
}

fn expand_into(text: &str, lookup: Lookup<'_>, outcome: &mut Outcome, depth: usize) -> Result<(), Fault> {
    if depth > DEPTH {
        return Err(Fault::new("defaults are nested too deep", "write the value out"));
    }
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        outcome.keep(&rest[..at], text.len() - rest.len(), depth);
        let after = &rest[at + 1..];
        let after_at = text.len() - after.len();
        rest = match after.as_bytes().first() {
            Some(b'$') => {
                outcome.keep("$", after_at, depth);
                &after[1..]
            }
            Some(b'{') => {
                let close = closing_brace(after).ok_or_else(|| {
                    Fault::new("`${` is not closed", "close it with `}`, or write `$$` for a plain `$`")
                })?;
                braced(&after[1..close], lookup, outcome, depth)?;
                &after[close + 1..]
            }
            _ => {
                let length = name_length(after);
                if length == 0 {
                    outcome.keep("$", after_at - 1, depth);
                } else {
                    let name = &after[..length];
                    put(name, lookup(name), outcome);
                }
                &after[length..]
            }
        };
        if outcome.text.len() > LONGEST {
            return Err(Fault::new("variables make this longer than 256 KiB", "write the value out"));
        }
    }
    outcome.keep(rest, text.len() - rest.len(), depth);
    Ok(())
}

/// The place of the `}` that closes the `{` at the start.
fn closing_brace(text: &str) -> Option<usize> {
    let mut open = 0usize;
    for (i, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' => {
                open -= 1;
                if open == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
    }
    None
}

fn name_length(text: &str) -> usize {
    let starts = text.as_bytes().first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    if !starts {
        return 0;
    }
    text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count()
}

fn braced(inner: &str, lookup: Lookup<'_>, outcome: &mut Outcome, depth: usize) -> Result<(), Fault> {
    let (name, operation) = inner.split_at(name_length(inner));
    let invalid = || {
        // what stands in the braces may be part of a password
        Fault::new(
            "what follows `${` is not the name of a variable",
            "write `${NAME}` or `${NAME:-default}`, or `$$` for a plain `$`",
        )
    };
    if name.is_empty() {
        return Err(invalid());
    }
    let definition = lookup(name);
    let empty = matches!(&definition, Some(Definition { value: Ok(value), .. }) if value.is_empty());
    let unset = definition.is_none();
    let (operator, word) = match operation.as_bytes() {
        [] => ("", ""),
        [b':', b'-' | b'+' | b'?', ..] => operation.split_at(2),
        [b'-' | b'+' | b'?', ..] => operation.split_at(1),
        _ => return Err(invalid()),
    };
    match operator {
        "" => put(name, definition, outcome),
        ":-" if unset || empty => expand_into(word, lookup, outcome, depth + 1)?,
        "-" if unset => expand_into(word, lookup, outcome, depth + 1)?,
        ":-" | "-" => put(name, definition, outcome),
        ":+" if !unset && !empty => expand_into(word, lookup, outcome, depth + 1)?,
        "+" if !unset => expand_into(word, lookup, outcome, depth + 1)?,
        ":+" | "+" => {}
        _ if unset || (operator == ":?" && empty) => {
            let reason = if word.is_empty() { String::new() } else { format!(": {}", super::schema::short(word)) };
            let what = format!("the variable `{name}` is required and not set{reason}");
            return Err(Fault::new(what, format!("set `{name}` in an env file, or give it a value for the scan")));
        }
        _ => put(name, definition, outcome),
    }
    Ok(())
}

/// The fault of a project whose variables make too much text.
pub(super) fn exhausted() -> Fault {
    Fault::new("the variables of this project expand to too much text", "shorten them")
}

fn put(name: &str, definition: Option<Definition>, outcome: &mut Outcome) {
    let why = match definition {
        Some(Definition { value: Ok(value), span }) => {
            outcome.text.push_str(&value);
            outcome.through.extend(span);
            return;
        }
        Some(Definition { value: Err(why), span }) => {
            outcome.through.extend(span);
            why.to_string()
        }
        None => {
            outcome.missing.push(name.to_string());
            format!("the variable `{name}` is not set")
        }
    };
    outcome.text.push_str(&format!("${{{name}}}"));
    outcome.unknown.get_or_insert(why);
}

/// Expands the values of files, and says once for each variable that it has no value.
pub(super) struct Interpolator<'a> {
    pub problems: &'a mut Vec<Problem>,
    /// Variables that were reported, over all files of the project.
    pub reported: &'a mut HashSet<String>,
    /// Bytes that expansion may still make.
    pub budget: &'a mut usize,
}

/// Bytes that the expansions of one project may make together.
pub(super) const BUDGET: usize = 16 << 20;

impl Interpolator<'_> {
    /// The tree with its variables expanded; what holds none is shared.
    pub fn tree(&mut self, root: &Arc<Node>, environment: &Environment) -> Arc<Node> {
        self.node(root, environment, &mut HashMap::new())
    }

    fn node(
        &mut self,
        node: &Arc<Node>,
        environment: &Environment,
        known: &mut HashMap<*const Node, Arc<Node>>,
    ) -> Arc<Node> {
        if let Value::Scalar(scalar) = &node.value {
            return self.scalar(node, scalar, environment);
        }
        // an alias is expanded once, however often it is used
        let shared = Arc::strong_count(node) > 1;
        if shared && let Some(done) = known.get(&Arc::as_ptr(node)) {
            return done.clone();
        }
        let new = match &node.value {
            Value::Sequence(items) => self.sequence(node, items, environment, known),
            Value::Mapping(entries) => self.mapping(node, entries, environment, known),
            Value::Scalar(_) => node.clone(),
        };
        if shared {
            known.insert(Arc::as_ptr(node), new.clone());
        }
        new
    }

    fn sequence(
        &mut self,
        node: &Arc<Node>,
        items: &[Arc<Node>],
        environment: &Environment,
        known: &mut HashMap<*const Node, Arc<Node>>,
    ) -> Arc<Node> {
        let mut changed: Option<Vec<Arc<Node>>> = None;
        for (i, item) in items.iter().enumerate() {
            let new = self.node(item, environment, known);
            if !Arc::ptr_eq(&new, item) {
                changed.get_or_insert_with(|| items.to_vec())[i] = new;
            }
        }
        changed.map_or_else(|| node.clone(), |items| super::merge::rebuilt(node, Value::Sequence(items)))
    }

    fn mapping(
        &mut self,
        node: &Arc<Node>,
        entries: &[Entry],
        environment: &Environment,
        known: &mut HashMap<*const Node, Arc<Node>>,
    ) -> Arc<Node> {
        let mut changed: Option<Vec<Entry>> = None;
        for (i, entry) in entries.iter().enumerate() {
            let new = self.node(&entry.value, environment, known);
            if !Arc::ptr_eq(&new, &entry.value) {
                changed.get_or_insert_with(|| entries.to_vec())[i].value = new;
            }
        }
        changed.map_or_else(|| node.clone(), |entries| super::merge::rebuilt(node, Value::Mapping(entries)))
    }

    fn scalar(&mut self, node: &Arc<Node>, scalar: &Scalar, environment: &Environment) -> Arc<Node> {
        if memchr::memchr(b'$', scalar.text.as_bytes()).is_none() {
            return node.clone();
        }
        let lookup = |name: &str| environment.get(name).cloned();
        let expanded = expand(&scalar.text, &lookup).and_then(|outcome| {
            *self.budget = self.budget.checked_sub(outcome.text.len()).ok_or_else(exhausted)?;
            Ok(outcome)
        });
        let (text, trail) = match expanded {
            Ok(outcome) => {
                self.report_missing(&outcome.missing, node.span);
                let unknown = outcome.unknown.map(String::into_boxed_str);
                let written = Some(Box::new(Written { node: node.clone(), kept: outcome.kept }));
                (outcome.text.into(), Trail { overrode: Vec::new(), through: outcome.through, unknown, written })
            }
            Err(fault) => {
                let unknown = Some(fault.what.clone().into_boxed_str());
                self.problems.push(Problem::error(node.span, fault.what, fault.help));
                (scalar.text.clone(), Trail { unknown, ..Trail::default() })
            }
        };
        let mut new = (**node).clone();
        new.value = Value::Scalar(Scalar { text, style: scalar.style, resolved: Resolved::Text });
        new.trail = Some(Box::new(trail));
        Arc::new(new)
    }

    fn report_missing(&mut self, missing: &[String], span: Span) {
        for name in missing {
            // Compose sets the one and every shell the other; no one writes them down.
            if matches!(name.as_str(), "COMPOSE_PROJECT_NAME" | "PWD") {
                continue;
            }
            if self.reported.insert(name.clone()) {
                let what = format!("the variable `{name}` is not set");
                let help =
                    format!("set it in an env file, give it for the scan, or write a default: `${{{name}:-...}}`");
                self.problems.push(Problem::warning(span, what, help));
            }
        }
    }
}
