//! JSON, laid out: a configuration is stored on one line, and reports point at lines.

/// JSON with each member on a line of its own and two blanks for each level; everything else is as it was. What is no
/// JSON stays readable all the same.
pub fn lay_out(json: &str) -> String {
    let mut laid = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    let mut characters = json.chars().peekable();
    let line = |laid: &mut String, depth: usize| {
        laid.push('\n');
        laid.extend(std::iter::repeat_n("  ", depth.min(DEEPEST_LAID_OUT)));
    };
    while let Some(character) = characters.next() {
        if in_text {
            laid.push(character);
            in_text = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            ' ' | '\t' | '\n' | '\r' => {}
            '{' | '[' => {
                laid.push(character);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    laid.push(end);
                } else {
                    depth += 1;
                    line(&mut laid, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut laid, depth);
                laid.push(character);
            }
            ',' => {
                laid.push(character);
                line(&mut laid, depth);
            }
            ':' => laid.push_str(": "),
            character => {
                in_text = character == '"';
                laid.push(character);
            }
        }
    }
    laid.push('\n');
    laid
}

/// Deeper levels are not moved further in: nesting alone must not make a text that is much longer.
const DEEPEST_LAID_OUT: usize = 8;

#[cfg(test)]
mod tests {
    use super::lay_out;

    #[test]
    fn json_is_laid_out_and_says_the_same() {
        let json = r#"{"a": [1,{"b":"x, {\" : }"}],"c":{ },"d":null}"#;
        let laid = lay_out(json);
        assert_eq!(
            laid,
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x, {\\\" : }\"\n    }\n  ],\n  \"c\": {},\n  \"d\": null\n}\n"
        );
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&laid), value(json));
        assert_eq!(lay_out(&laid), laid);
    }
}
