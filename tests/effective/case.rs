//! Cases: files in, the fields of a container out as short lines.

use plimsoll::report::show::{Decision, Field, Shown};
use plimsoll::scan::{Containers, Request, containers};

use crate::scan::{Tree, request};

/// A row of a table: why, the Dockerfile, the field and what is expected of it (see [`Project::field`]).
pub type Row = (&'static str, &'static str, &'static str, &'static str);

/// What files come to.
pub struct Project {
    found: Containers,
}

impl Project {
    pub fn new(files: &[(&str, &str)]) -> Project {
        Project::with(files, |_| {})
    }

    /// The same with something else asked for.
    pub fn with(files: &[(&str, &str)], ask: impl FnOnce(&mut Request)) -> Project {
        let tree = Tree::new();
        for (name, text) in files {
            tree.write(name, text);
        }
        let mut request = request(vec![tree.path().to_path_buf()], tree.path(), 1);
        ask(&mut request);
        Project { found: containers(&request) }
    }

    pub fn names(&self) -> Vec<&str> {
        self.found.containers.iter().map(|container| container.name.as_str()).collect()
    }

    pub fn problems(&self) -> Vec<&str> {
        self.found.problems.iter().map(|problem| problem.what.as_str()).collect()
    }

    #[track_caller]
    pub fn container(&self, name: &str) -> &Shown {
        let found = self.found.containers.iter().find(|container| container.name == name);
        found.unwrap_or_else(|| panic!("no `{name}` in {:?}; {:?}", self.names(), self.problems()))
    }

    /// A field of a container: `VALUE < WHO LINE < OVERRIDDEN LINE`, with the file before the line unless it is the
    /// Dockerfile beside everything, and `? WHY` for what is not known; `absent` if there is no such field.
    #[track_caller]
    pub fn field(&self, container: &str, name: &str) -> String {
        let found = self.container(container).fields.iter().find(|field| field.name == name);
        found.map_or_else(|| "absent".to_string(), line)
    }
}

fn line(field: &Field) -> String {
    let mut line = match (&field.value, &field.unknown) {
        (Some(value), _) => value.clone(),
        (None, why) => format!("? {}", why.as_deref().unwrap_or_default()),
    };
    for decision in std::iter::once(&field.decided_by).chain(&field.overrode) {
        line.push_str(" < ");
        line.push_str(&who(decision));
    }
    line
}

fn who(decision: &Decision) -> String {
    let file = if decision.path == "Dockerfile" { String::new() } else { format!("{}:", decision.path) };
    format!("{} {file}{}", decision.by, decision.line)
}

/// Holds lone Dockerfiles to a table.
#[track_caller]
pub fn dockerfiles(rows: &[Row]) {
    let judged = rows.iter().map(|(why, text, field, expected)| {
        let project = Project::new(&[("Dockerfile", text)]);
        (format!("{why}\n{text}"), project.field("Dockerfile", field), expected.to_string())
    });
    same(judged.collect());
}

/// Holds services called `app` to a table: why, the Dockerfile, what the service says beyond `build: .` (lines from the
/// fourth of `compose.yaml` on, shown as `c`), the field and what is expected.
#[track_caller]
pub fn services(rows: &[(&str, &str, &str, &str, &str)]) {
    let judged = rows.iter().map(|(why, dockerfile, service, field, expected)| {
        let lines: String = service.lines().map(|line| format!("    {line}\n")).collect();
        let compose = format!("services:\n  app:\n    build: .\n{lines}");
        let project = Project::new(&[("Dockerfile", dockerfile), ("compose.yaml", &compose)]);
        let got = project.field("app", field).replace("compose.yaml:", "c:").replace(" of the service", "");
        (format!("{why}\n{dockerfile}\n{service}\n{:?}", project.problems()), got, expected.to_string())
    });
    same(judged.collect());
}

/// Demands that all are equal, and shows all that are not.
#[track_caller]
pub fn same(judged: Vec<(String, String, String)>) {
    let wrong: Vec<String> = judged
        .into_iter()
        .filter(|(_, got, expected)| got != expected)
        .map(|(what, got, expected)| format!("{what}\n     got {got}\nexpected {expected}\n"))
        .collect();
    assert!(wrong.is_empty(), "{} rows\n\n{}", wrong.len(), wrong.join("\n"));
}
