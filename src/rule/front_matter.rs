//! Front matter: the typed head of a rule's page.

use serde_json::{Map, Value};

use crate::report::Severity;
use crate::source::SourceId;
use crate::yaml::{self, Node};

/// What a page says about its rule before the prose.
#[derive(Debug, Clone)]
pub struct FrontMatter {
    /// One sentence that names the fault.
    pub title: String,
    /// The severity of its findings unless a policy says otherwise.
    pub severity: Severity,
    /// The topic first.
    pub tags: Vec<String>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Other tools' ids, `tool:ID`.
    pub similar: Vec<String>,
}

/// A parameter of a rule.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name, as policies write it.
    pub name: String,
    /// Its value if no policy gives one; `Null` if a policy has to.
    pub default: Value,
    /// What it means.
    pub about: String,
}

impl FrontMatter {
    /// Reads the head of a page.
    ///
    /// # Errors
    /// What is wrong with it; pages are part of the program, so a test sees this before a user can.
    pub fn read(page: &str) -> Result<FrontMatter, String> {
        let (head, _) = split(page).ok_or("the page does not open with `---` … `---`")?;
        let loaded = yaml::load(SourceId(0), head);
        if let Some(problem) = loaded.problems.first() {
            return Err(problem.what.clone());
        }
        let root = loaded.documents.first().ok_or("the front matter is empty")?;
        for entry in root.entries() {
            if !["title", "severity", "tags", "params", "similar"].contains(&&*entry.key.value) {
                return Err(format!("unknown key `{}`", entry.key.value));
            }
        }
        let severity = text(root, "severity")?;
        Ok(FrontMatter {
            title: text(root, "title")?,
            severity: Severity::parse(&severity).ok_or_else(|| format!("unknown severity `{severity}`"))?,
            tags: texts(root, "tags")?,
            parameters: root.get("params").map_or(Ok(Vec::new()), |params| parameters(params))?,
            similar: texts(root, "similar")?,
        })
    }

    /// The parameters' defaults as an object.
    pub fn defaults(&self) -> Map<String, Value> {
        let given = self.parameters.iter().filter(|parameter| !parameter.default.is_null());
        given.map(|parameter| (parameter.name.clone(), parameter.default.clone())).collect()
    }
}

/// The front matter and the prose behind it.
pub fn split(page: &str) -> Option<(&str, &str)> {
    let rest = page.strip_prefix("---\n")?;
    let end = rest.find("\n---\n")?;
    Some((&rest[..end + 1], &rest[end + 5..]))
}

fn text(node: &Node, key: &str) -> Result<String, String> {
    let value = node.get(key).ok_or_else(|| format!("`{key}` is missing"))?;
    Ok(value.scalar_text().ok_or_else(|| format!("`{key}` is not a text"))?.to_string())
}

fn texts(node: &Node, key: &str) -> Result<Vec<String>, String> {
    let Some(list) = node.get(key) else { return Ok(Vec::new()) };
    let items = list.items().iter();
    items.map(|item| item.scalar_text().map(str::to_string).ok_or(format!("`{key}` is not a list of texts"))).collect()
}

fn parameters(node: &Node) -> Result<Vec<Parameter>, String> {
    let mut parameters = Vec::new();
    for entry in node.entries() {
        let name = entry.key.value.to_string();
        let default = match entry.value.get("default") {
            Some(default) => {
                yaml::to_json(default, 1000).map_err(|_| format!("the default of `{name}` is too large"))?
            }
            None => Value::Null,
        };
        parameters.push(Parameter { about: text(&entry.value, "about")?, name, default });
    }
    Ok(parameters)
}
