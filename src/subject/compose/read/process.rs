//! What runs and with which variables: commands, health checks, environment, hooks.

use std::sync::Arc;

use super::Reader;
use super::values::{canonical, history, unknown};
use crate::source::{Spanned, Text};
use crate::subject::compose::environment;
use crate::subject::compose::model::{
    Command, EnvFile, Given, Healthcheck, Hook, Restart, Setting, Test, Unknown, Variable,
};
use crate::subject::compose::words;
use crate::yaml::{Node, Value};

impl Reader<'_, '_> {
    /// `command` or `entrypoint`; null is not given.
    pub(super) fn command(&mut self, name: &str, node: &Node) -> Option<Given<Command>> {
        if node.is_null() || node.is_mapping() {
            return None;
        }
        if let Value::Sequence(items) = &node.value {
            let argv = self.arguments(items);
            let command = Command { argv, text: None, cut: None, unknown: first_unknown(items) };
            return Some(history(node, Setting::Value(command)));
        }
        let text = self.placed(node);
        let words = match words::split(&text.value) {
            Ok(words) => words,
            Err(unbalanced) => {
                let what = format!("the words of `{name}` cannot be told apart: a quote or bracket is not closed");
                self.loader.error(text.span(unbalanced.at..unbalanced.at + 1), what, "close it, or write a list");
                return None;
            }
        };
        let argv = words.words.into_iter().map(|(word, range)| Spanned::new(word, text.span(range))).collect();
        let cut = words.cut.map(|range| text.span(range));
        let unknown = unknown(node, "").map(|unknown| unknown.why);
        Some(history(node, Setting::Value(Command { argv, text: Some(text), cut, unknown })))
    }

    fn arguments(&mut self, items: &[Arc<Node>]) -> Vec<Spanned<String>> {
        let scalars = items.iter().filter_map(|item| Some((item.scalar()?, item.span)));
        scalars.map(|(scalar, span)| Spanned::new(canonical(scalar).into_owned(), span)).collect()
    }

    pub(super) fn healthcheck(&mut self, node: &Node) -> Option<Healthcheck> {
        if !node.is_mapping() {
            return None;
        }
        let mut check = Healthcheck {
            span: node.span,
            test: None,
            interval: None,
            timeout: None,
            start_period: None,
            start_interval: None,
            retries: None,
            unknown: None,
        };
        let mut disable = None;
        for entry in node.entries() {
            let value = &entry.value;
            match &*entry.key.value {
                "test" => {
                    check.unknown = first_unknown(value.one_or_many());
                    check.test = self.test(value);
                }
                "disable" => disable = self.flag("healthcheck.disable", value),
                "interval" => check.interval = self.duration("healthcheck.interval", value),
                "timeout" => check.timeout = self.duration("healthcheck.timeout", value),
                "start_period" => check.start_period = self.duration("healthcheck.start_period", value),
                "start_interval" => check.start_interval = self.duration("healthcheck.start_interval", value),
                "retries" => check.retries = self.count("healthcheck.retries", value),
                _ => {}
            }
        }
        if let Some(disable) = disable {
            disabled(&mut check, disable);
        }
        Some(check)
    }

    fn test(&mut self, node: &Arc<Node>) -> Option<Given<Test>> {
        if node.scalar_text().is_some() {
            let test = Test::Shell(self.placed(node));
            return Some(history(node, Setting::Value(test)));
        }
        let items = if node.is_sequence() { node.items() } else { return None };
        let Some(first) = items.first() else {
            return Some(history(node, Setting::Value(Test::Inherit)));
        };
        if let Some(unknown) = first.scalar().and_then(|scalar| unknown(first, &scalar.text)) {
            return Some(history(node, Setting::Unknown(unknown)));
        }
        let test = match first.scalar_text() {
            Some("NONE") => Test::Off,
            Some("CMD") => Test::Exec(self.arguments(&items[1..])),
            Some("CMD-SHELL") => Test::Shell(match items.get(1) {
                Some(text) => self.placed(text),
                None => Text::new(first.span.source, first.span.end as usize),
            }),
            _ => {
                let what = "the first item of `healthcheck.test` must be `NONE`, `CMD` or `CMD-SHELL`";
                self.loader.error(first.span, what, "put `CMD` before it, or write the test as text");
                return None;
            }
        };
        Some(history(node, Setting::Value(test)))
    }

    /// `env_file` first, then `environment`, which wins.
    pub(super) fn environment(
        &mut self,
        env_files: Option<&Arc<Node>>,
        own: Option<&Arc<Node>>,
    ) -> (Vec<EnvFile>, Vec<Variable>) {
        let mut files = Vec::new();
        let mut variables: Vec<Variable> = Vec::new();
        for item in env_files.map_or(&[][..], Node::one_or_many) {
            if let Some((file, brought)) = self.env_file(item) {
                files.push(file);
                variables.extend(brought);
            }
        }
        if let Some(node) = own {
            variables.extend(self.variables(node));
        }
        (files, last_by_name(variables))
    }

    /// `environment`, `args`: a name without a value takes it from the project's variables.
    pub(super) fn variables(&mut self, node: &Node) -> Vec<Variable> {
        let entries = self.named(node);
        let mut variables = Vec::with_capacity(entries.len());
        for entry in entries.iter() {
            let name = entry.key.value.to_string();
            let value = match self.text(&entry.value) {
                Some(given) => given,
                None => self.passed_on(&name, &entry.value),
            };
            variables.push(Variable { name, key: entry.key.span, value });
        }
        variables
    }

    fn passed_on(&mut self, name: &str, node: &Node) -> Given<String> {
        let missing = || Unknown {
            why: format!("`{name}` is taken from the environment of whoever starts it"),
            text: format!("${{{name}}}"),
        };
        let mut given = match self.environment.get(name) {
            Some(definition) => {
                let setting = match &definition.value {
                    Ok(value) => Setting::Value(value.to_string()),
                    Err(why) => Setting::Unknown(Unknown { why: why.to_string(), text: format!("${{{name}}}") }),
                };
                let mut given = history(node, setting);
                given.through.extend(definition.span);
                given
            }
            None => history(node, Setting::Unknown(missing())),
        };
        given.span = node.span;
        given
    }

    fn env_file(&mut self, item: &Arc<Node>) -> Option<(EnvFile, Vec<Variable>)> {
        let path_node = if item.is_mapping() { item.get("path")? } else { item };
        let path = self.location(path_node)?;
        let required = item.get("required").and_then(|node| self.flag("env_file.required", node));
        let required = required.is_none_or(|given| given.value() != Some(&false));
        let raw = item.get("format").and_then(|node| node.scalar_text()) == Some("raw");
        let mut file = EnvFile { path, required, found: false };
        let Some(location) = file.path.value().cloned() else {
            return Some((file, Vec::new()));
        };
        match self.loader.optional_text(&location.resolved) {
            Ok(Some((source, text))) => {
                file.found = true;
                let (assignments, problems) = environment::read(source, &text, self.environment, raw);
                self.loader.problems.extend(problems);
                return Some((file, assignments.into_iter().map(assigned).collect()));
            }
            Ok(None) if required => {
                let what = format!("there is no env file `{}`", self.loader.shown(&location.resolved));
                let help = "add the file, or set `required: false`; the variables in it are not known";
                self.loader.warning(path_node.span, what, help);
            }
            Ok(None) => file.found = true,
            Err(problem) => self.loader.problems.push(problem),
        }
        Some((file, Vec::new()))
    }

    pub(super) fn hooks(&mut self, event: &'static str, node: &Node) -> Vec<Hook> {
        let mut hooks = Vec::new();
        for item in node.items() {
            hooks.push(Hook {
                span: item.span,
                event,
                command: item.get("command").and_then(|node| self.command(event, node)),
                user: item.get("user").and_then(|node| self.text(node)),
                privileged: item.get("privileged").and_then(|node| self.flag("privileged", node)),
            });
        }
        hooks
    }
}

/// `disable: true` switches the check off, with a test as well.
fn disabled(check: &mut Healthcheck, disable: Given<bool>) {
    match &disable.setting {
        Setting::Value(false) => {}
        Setting::Value(true) => {
            let mut off = disable.map(|_| Test::Off);
            off.overrode.extend(check.test.as_ref().map(|test| test.span));
            check.test = Some(off);
        }
        Setting::Unknown(_) => check.test = Some(disable.map(|_| Test::Off)),
    }
}

/// Why some item of a list is not known.
fn first_unknown(items: &[Arc<Node>]) -> Option<String> {
    items.iter().find_map(|item| Some(item.trail.as_ref()?.unknown.as_ref()?.to_string()))
}

fn assigned(assignment: environment::Assignment) -> Variable {
    let environment::Assignment { name, key, definition } = assignment;
    let span = definition.span.unwrap_or(key);
    let value = match definition.value {
        Ok(value) => Given::new(value.to_string(), span),
        Err(why) => {
            let unknown = Unknown { why: why.to_string(), text: format!("${{{name}}}") };
            Given { setting: Setting::Unknown(unknown), span, overrode: Vec::new(), through: Vec::new() }
        }
    };
    Variable { name, key, value }
}

/// Of variables with one name the last, which remembers what it replaced.
fn last_by_name(variables: Vec<Variable>) -> Vec<Variable> {
    super::values::unique(variables, |variable: &Variable| variable.name.clone())
}

impl super::values::Replaces for Variable {
    fn place(&self) -> crate::source::Span {
        self.value.span
    }
    fn replaced(&mut self) -> &mut Vec<crate::source::Span> {
        &mut self.value.overrode
    }
}

/// A restart policy as `restart` writes it.
pub(super) fn restart(text: &str) -> Restart {
    match text.split_once(':') {
        None => match text {
            "no" | "" | "false" => Restart::No,
            "always" => Restart::Always,
            "unless-stopped" => Restart::UnlessStopped,
            "on-failure" => Restart::OnFailure(None),
            _ => Restart::Other(text.to_string()),
        },
        Some(("on-failure", count)) => match count.parse() {
            Ok(count) => Restart::OnFailure(Some(count)),
            Err(_) => Restart::Other(text.to_string()),
        },
        Some(_) => Restart::Other(text.to_string()),
    }
}
