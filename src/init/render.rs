//! Rendering: a template and what is wanted, to the text of a file.
//!
//! `{{name}}` is a value. A line of YAML that ends in `#[redis]` stands only if `redis` is wanted, and with it whatever
//! is indented deeper below it; `#[a|b]` asks for one of them, `#[-a,-b]` for none of them.

/// The text of a file: `parts` are wanted, `values` have names.
pub(super) fn render(template: &str, parts: &[&str], values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    // The indentation of a line that was left out; what is deeper, or blank, goes with it.
    let mut left_out: Option<usize> = None;
    for line in template.lines() {
        let indentation = line.len() - line.trim_start().len();
        let blank = line.trim().is_empty();
        if let Some(outer) = left_out {
            if blank || indentation > outer {
                continue;
            }
            left_out = None;
        }
        let (line, condition) = split(line);
        if condition.is_some_and(|condition| !holds(condition, parts)) {
            left_out = Some(indentation);
            continue;
        }
        fill(&mut text, line, values);
        text.push('\n');
    }
    let end = text.trim_end_matches('\n').len();
    text.truncate(end);
    text.push('\n');
    text
}

/// A line and its condition.
fn split(line: &str) -> (&str, Option<&str>) {
    let condition = line.strip_suffix(']').and_then(|line| line.rsplit_once(" #["));
    condition.map_or((line, None), |(line, condition)| (line, Some(condition)))
}

fn holds(condition: &str, parts: &[&str]) -> bool {
    condition.split(',').all(|all| {
        all.split('|').any(|any| match any.strip_prefix('-') {
            Some(unwanted) => !parts.contains(&unwanted),
            None => parts.contains(&any),
        })
    })
}

/// Appends the line with its values filled in. A name without a value stays, for a test to find.
fn fill(text: &mut String, line: &str, values: &[(&str, &str)]) {
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once("{{") {
        let known = behind.split_once("}}").and_then(|(name, behind)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((*value, behind))
        });
        text.push_str(before);
        rest = match known {
            Some((value, behind)) => {
                text.push_str(value);
                behind
            }
            None => {
                text.push_str("{{");
                behind
            }
        };
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "\
name: {{name}}
services:
  api:
    needs: #[redis|postgres]
      - redis #[redis]
      - postgres #[postgres]
    ports: [80] #[-spa]

  redis: #[redis]
    image: redis

    memory: 200
  last:
    image: {{other}}

volumes: #[postgres]
  data:
";

    #[test]
    fn a_line_stands_if_its_part_is_wanted_and_takes_with_it_what_is_below() {
        let values = [("name", "shop")];
        let rendered = render(TEMPLATE, &["redis"], &values);
        let expected = "name: shop\nservices:\n  api:\n    needs:\n      - redis\n    ports: [80]\n\n  redis:\n    \
                        image: redis\n\n    memory: 200\n  last:\n    image: {{other}}\n";
        assert_eq!(rendered, expected);
        let rendered = render(TEMPLATE, &["spa"], &values);
        assert_eq!(rendered, "name: shop\nservices:\n  api:\n  last:\n    image: {{other}}\n");
    }

    #[test]
    fn what_looks_like_neither_stays_as_it_is() {
        for text in ["a {{ b\n", "{{}}\n", "list[0]\n", "# [x]\n", "\n"] {
            assert_eq!(render(text, &[], &[("name", "x")]), text);
        }
    }
}
