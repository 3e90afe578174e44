//! YAML as JSON, for parameters that serde reads.

use serde_json::{Map, Number, Value as Json};

use super::{Node, Resolved, Value};

/// A tree with more nodes than the reader was ready to take, every alias written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    /// How many there are, saturating.
    pub nodes: u32,
}

/// The tree as JSON, aliases written out, if that makes at most `budget` nodes. Numbers that JSON does not have become
/// text, and so do dates.
pub fn to_json(node: &Node, budget: u32) -> Result<Json, TooLarge> {
    if node.weight() > budget {
        return Err(TooLarge { nodes: node.weight() });
    }
    Ok(convert(node))
}

/// The loader bounds the height of every tree, and the caller its weight.
fn convert(node: &Node) -> Json {
    match &node.value {
        Value::Sequence(items) => Json::Array(items.iter().map(|item| convert(item)).collect()),
        Value::Mapping(entries) => {
            let pairs = entries.iter().map(|entry| (entry.key.value.to_string(), convert(&entry.value)));
            Json::Object(pairs.collect::<Map<_, _>>())
        }
        Value::Scalar(scalar) => match scalar.resolved {
            Resolved::Null => Json::Null,
            Resolved::Bool(value) => Json::Bool(value),
            Resolved::Int(value) => Number::from_i128(value).map_or_else(|| text(&scalar.text), Json::Number),
            Resolved::Float(value) => Number::from_f64(value).map_or_else(|| text(&scalar.text), Json::Number),
            Resolved::Date | Resolved::Text => text(&scalar.text),
        },
    }
}

fn text(text: &str) -> Json {
    Json::String(text.to_string())
}
