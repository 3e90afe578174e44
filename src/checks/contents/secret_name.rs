//! Secret names: which names of variables say that their value is a secret, and which values are one.

/// Words that say so wherever they stand between underscores.
const SECRET: [&str; 10] =
    ["password", "passwd", "passphrase", "secret", "secrets", "token", "apikey", "credential", "credentials", "pwd"];

/// What makes a `KEY` a secret one, right before it.
const SECRET_KEYS: [&str; 6] = ["api", "private", "access", "encryption", "master", "signing"];

/// Words that say that the value is public, or no secret of anybody's.
const PUBLIC: [&str; 16] = [
    "public",
    "pub",
    "publishable",
    "gpg",
    "pgp",
    "fingerprint",
    "checksum",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "version",
    "dummy",
    "example",
    "placeholder",
    "test",
];

/// Last words that say that the value is about a secret and not one.
const ABOUT: [&str; 62] = [
    "file",
    "path",
    "dir",
    "directory",
    "url",
    "uri",
    "host",
    "port",
    "name",
    "id",
    "length",
    "size",
    "count",
    "ttl",
    "expiry",
    "expires",
    "expiration",
    "timeout",
    "lifetime",
    "age",
    "seconds",
    "minutes",
    "hours",
    "days",
    "algorithm",
    "alg",
    "type",
    "policy",
    "enabled",
    "disabled",
    "required",
    "header",
    "field",
    "param",
    "issuer",
    "audience",
    "format",
    "prefix",
    "suffix",
    "endpoint",
    "server",
    "service",
    "provider",
    "method",
    "mode",
    "rounds",
    "regex",
    "pattern",
    "scope",
    "user",
    "username",
    "command",
    "store",
    "manager",
    "backend",
    "hasher",
    "source",
    "driver",
    "engine",
    "helper",
    "strategy",
    "auth",
];

/// Whether a name says that the value is a secret.
pub(super) fn names_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['_', '-', '.']).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| PUBLIC.contains(word)) || words.last().is_none_or(|last| ABOUT.contains(last)) {
        return false;
    }
    let key = words.windows(2).any(|pair| pair[1] == "key" && SECRET_KEYS.contains(&pair[0]));
    key || words.iter().any(|word| SECRET.contains(word)) || words.last() == Some(&"pass") && words.len() > 1
}

/// Values that stand in for what is set later.
const STAND_INS: [&str; 29] = [
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "none",
    "null",
    "nil",
    "undefined",
    "unset",
    "empty",
    "dummy",
    "fake",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "changeit",
    "example",
    "todo",
    "redacted",
    "notused",
    "unused",
    "ignored",
    "build",
    "test",
    "testing",
    "foo",
];

/// Whether a value is a secret's own text: not empty, no variable, no path, nothing that stands in for it.
pub(super) fn is_literal_secret(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let lower = value.to_ascii_lowercase();
    let reference =
        value.contains("${") || value.contains("$(") || value.contains("{{") || value.starts_with(['$', '%']);
    let path = value.starts_with(['/', '~']) || value.starts_with("./") || value.contains("/run/secrets/");
    let angled = value.starts_with('<') && value.ends_with('>');
    let starred = value.bytes().all(|byte| matches!(byte, b'*' | b'x' | b'X' | b'.' | b'-'));
    let stands_in = STAND_INS.contains(&lower.as_str()) || lower.starts_with("your") || lower.contains("not-a-secret");
    !(value.len() < 2 || reference || path || angled || starred || stands_in)
}

/// Whether a name and its value are a secret; also any address with a password in it.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let fingerprint = value.len() == 40
        && value.bytes().all(|byte| byte.is_ascii_hexdigit())
        && ["signing", "gpg", "pgp"].iter().any(|word| lower.contains(word));
    let address = value.contains("://") && !has_password(value);
    names_secret(name) && is_literal_secret(value) && !fingerprint && !address || has_password(value)
}

/// Whether a text has an address with a literal password: `scheme://user:password@host`.
pub(super) fn has_password(text: &str) -> bool {
    text.match_indices("://").any(|(at, found)| {
        let rest = &text[at + found.len()..];
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?' | '#')).unwrap_or(rest.len());
        let Some((userinfo, host)) = rest[..end].rsplit_once('@') else { return false };
        let Some((_, password)) = userinfo.split_once(':') else { return false };
        !host.is_empty() && is_literal_secret(password)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_have_names_of_whole_words() {
        for name in [
            "DB_PASSWORD",
            "NPM_TOKEN",
            "SECRET_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "API_KEY",
            "MYSQL_PASS",
            "apikey",
            "AUTH_TOKEN",
            "BACKEND_PASSWORD",
        ] {
            assert!(is_secret(name, "hunter22"), "{name}");
        }
        for name in [
            "KEYCLOAK_VERSION",
            "NGINX_GPGKEY",
            "PASSENGER_VERSION",
            "ACCESS_LOG",
            "MONKEY_PATCH",
            "KEYSERVER",
            "TOKENIZERS_PARALLELISM",
            "POSTGRES_PASSWORD_FILE",
            "GPG_KEY",
            "GPG_KEYS",
            "STRIPE_PUBLIC_KEY",
            "TOKEN_TTL",
            "AWS_ACCESS_KEY_ID",
            "SECRET_NAME",
            "CACHE_KEY",
            "PASSWORD_MIN_LENGTH",
            "SECRET_KEY_BASE_DUMMY",
            "BYPASS",
            "COMPASS_HOME",
            "PRIMARY_KEY",
            "RABBITMQ_PGP_KEY_ID",
            "SECRETS_MANAGER",
            "PASSWORD_HASHER",
            "TOKEN_AUTH",
            "CREDENTIALS_BACKEND",
            "TOKEN_STRATEGY",
        ] {
            assert!(!is_secret(name, "hunter22"), "{name}");
        }
    }

    #[test]
    fn what_stands_in_for_a_secret_is_none() {
        for value in
            ["", "$TOKEN", "${TOKEN:-x}", "/run/secrets/db", "<password>", "changeme", "true", "xxxx", "your-key"]
        {
            assert!(!is_secret("DB_PASSWORD", value), "{value}");
        }
        assert!(!is_secret("SECRET_PROVIDER_TOKEN", "https://vault.internal/token"));
    }

    #[test]
    fn addresses_may_hold_passwords() {
        assert!(is_secret("DATABASE_URL", "postgres://app:hunter2@db:5432/app"));
        for value in
            ["postgres://app@db/app", "postgres://app:${PW}@db/app", "https://a.example/x:y@z", "redis://redis:6379"]
        {
            assert!(!is_secret("DATABASE_URL", value), "{value}");
        }
    }

    #[test]
    fn forty_digits_are_a_fingerprint_only_of_a_key_that_signs() {
        let digits = "0123456789abcdef0123456789abcdef01234567";
        assert!(is_secret("SECRET_KEY", digits) && is_secret("API_KEY", digits));
        assert!(!is_secret("SIGNING_KEY", digits) && !is_secret("GPG_KEY", digits));
    }
}
