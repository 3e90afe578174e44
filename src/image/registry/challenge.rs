//! Challenge: what a registry demands of whoever asks (`WWW-Authenticate`, RFC 9110 section 11.6.1).

/// More challenges and parameters than that are not read.
const MOST: usize = 32;

/// One scheme with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    /// The scheme in lower case: `bearer`, `basic`.
    pub scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The value of a parameter; its name is given in lower case.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Reads all challenges of one header; what is malformed ends the reading, and what came before it stays.
pub(super) fn parse(header: &str) -> Vec<Challenge> {
    let mut reader = Reader { rest: header };
    let mut challenges: Vec<Challenge> = Vec::new();
    loop {
        reader.skip_separators();
        let Some(word) = reader.token() else { return challenges };
        if reader.take('=') {
            let Some(value) = reader.value() else { return challenges };
            let Some(challenge) = challenges.last_mut().filter(|challenge| challenge.parameters.len() < MOST) else {
                return challenges;
            };
            challenge.parameters.push((word.to_ascii_lowercase(), value));
            continue;
        }
        if challenges.len() == MOST {
            return challenges;
        }
        challenges.push(Challenge { scheme: word.to_ascii_lowercase(), parameters: Vec::new() });
        reader.skip_token68();
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn skip_separators(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', ',']);
    }

    fn take(&mut self, wanted: char) -> bool {
        let before = self.rest;
        self.skip_blanks();
        let Some(rest) = self.rest.strip_prefix(wanted) else {
            self.rest = before;
            return false;
        };
        self.rest = rest;
        self.skip_blanks();
        true
    }

    fn token(&mut self) -> Option<&'t str> {
        let end = self.rest.find(|c: char| !is_token(c)).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(token).filter(|token| !token.is_empty())
    }

    fn value(&mut self) -> Option<String> {
        let Some(quoted) = self.rest.strip_prefix('"') else { return self.token().map(str::to_string) };
        let mut value = String::new();
        let mut characters = quoted.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &quoted[at + 1..];
                    return Some(value);
                }
                '\\' => value.push(characters.next()?.1),
                other => value.push(other),
            }
        }
        None
    }

    /// `Negotiate dG9rZW4=`: a token that is no parameter, since only `=` signs and a comma or the end follow it.
    fn skip_token68(&mut self) {
        let text = self.rest.trim_start_matches([' ', '\t']);
        let word = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-._~+/".contains(c))).unwrap_or(text.len());
        let after = text[word..].trim_start_matches('=').trim_start_matches([' ', '\t']);
        if word > 0 && (after.is_empty() || after.starts_with(',')) {
            self.rest = after;
        }
    }
}

fn is_token(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(header: &str) -> Challenge {
        let challenges = parse(header);
        assert_eq!(challenges.len(), 1, "{challenges:?}");
        challenges.into_iter().next().expect("a challenge")
    }

    #[test]
    fn the_challenge_of_docker_hub_is_read() {
        let challenge = one(
            r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/node:pull""#,
        );
        assert_eq!(challenge.scheme, "bearer");
        assert_eq!(challenge.parameter("realm"), Some("https://auth.docker.io/token"));
        assert_eq!(challenge.parameter("scope"), Some("repository:library/node:pull"));
        assert_eq!(challenge.parameter("error"), None);
    }

    #[test]
    fn quoted_strings_hold_commas_and_escaped_quotes() {
        let challenge = one(r#"bearer scope="a:pull,push" , Realm = "https://x/\"y\\" ,service=plain"#);
        assert_eq!(challenge.parameter("scope"), Some("a:pull,push"));
        assert_eq!(challenge.parameter("realm"), Some("https://x/\"y\\"));
        assert_eq!(challenge.parameter("service"), Some("plain"));
    }

    #[test]
    fn several_challenges_may_share_a_header() {
        let challenges =
            parse(r#"Negotiate, NTLM dG9rZW4=, Basic realm="a, b", Bearer realm="https://t",, service="s""#);
        let schemes: Vec<&str> = challenges.iter().map(|challenge| challenge.scheme.as_str()).collect();
        assert_eq!(schemes, ["negotiate", "ntlm", "basic", "bearer"]);
        assert_eq!(challenges[2].parameter("realm"), Some("a, b"));
        assert_eq!(challenges[3].parameter("service"), Some("s"));
    }

    #[test]
    fn malformed_headers_end_the_reading() {
        assert_eq!(parse(""), []);
        assert_eq!(parse("realm=\"x\""), []);
        assert_eq!(one("Bearer realm=\"open").parameter("realm"), None);
        assert_eq!(one("Basic realm=\"a\\").parameter("realm"), None);
        for hostile in ["Bearer a=\"", ",", "=", "\"", "Basic ", "a ", "a b=c,", "é"] {
            assert!(parse(&hostile.repeat(20_000)).len() <= MOST, "{hostile}");
        }
    }
}
