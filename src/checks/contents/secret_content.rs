//! Secret content: whether the file of a format holds a secret, and what it is called.

use memchr::memmem;
use serde_json::Value;

use super::secret_name::{has_password, is_literal_secret, is_secret};
use crate::image::credential_file::Format;

/// What the secret in a file is, in words; nothing if there is none in it.
pub(super) fn secret_in(format: Format, bytes: &[u8]) -> Option<&'static str> {
    if format == Format::KeePass {
        return bytes.starts_with(&[0x03, 0xd9, 0xa2, 0x9a]).then_some("a database of passwords");
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let found = |holds: bool, what: &'static str| holds.then_some(what);
    match format {
        Format::PrivateKey => found(has_private_key(text), "a private key"),
        Format::Addresses => found(lines(text).any(has_password), "an address with a password in it"),
        Format::Npm => found(
            lines(text).any(|line| setting(line, &["_authtoken", "_auth", "_password"], ':')),
            "a token for a registry of packages",
        ),
        Format::Yarn => found(yaml(text, &["npmAuthToken", "npmAuthIdent"]), "a token for a registry of packages"),
        Format::Pypi => {
            found(lines(text).any(|line| setting(line, &["password"], '.')), "the password of a package index")
        }
        Format::Netrc => found(netrc(text), "the password of a machine"),
        Format::Docker => found(docker(text), "the credentials of a registry"),
        Format::Postgres => found(lines(text).any(pgpass), "the password of a database"),
        Format::MySql => found(lines(text).any(|line| setting(line, &["password"], '.')), "the password of a database"),
        Format::Aws => {
            let names = ["aws_secret_access_key", "aws_session_token"];
            found(lines(text).any(|line| setting(line, &names, '.')), "a key of AWS")
        }
        Format::Google => found(google(text), "a key of Google Cloud"),
        Format::Kubernetes => {
            found(yaml(text, &["client-key-data", "token", "password"]), "credentials of a Kubernetes cluster")
        }
        Format::Environment => found(environment(text), "a secret among its variables"),
        Format::Htpasswd => found(lines(text).any(htpasswd), "hashes of passwords"),
        Format::Terraform => found(terraform(text), "the state of Terraform, with every attribute in clear text"),
        Format::Token => found(
            yaml(text, &["oauth_token", ":rubygems_api_key"]) || lines(text).any(|line| setting(line, &["token"], '.')),
            "a token",
        ),
        Format::Maven => found(maven(text), "the password of a server"),
        Format::KeePass => None,
    }
}

/// Lines that are no comments.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']))
}

/// Whether a line sets one of these names, in lower case, to a literal secret. What stands before the name, up to a
/// separator, does not matter.
fn setting(line: &str, names: &[&str], separator: char) -> bool {
    let Some((name, value)) = line.split_once('=') else { return false };
    let name = name.rsplit(separator).next().unwrap_or(name).trim().to_ascii_lowercase();
    names.contains(&name.as_str()) && is_literal_secret(value)
}

/// Whether a line of YAML gives one of these keys a literal secret.
fn yaml(text: &str, keys: &[&str]) -> bool {
    lines(text).any(|line| {
        let line = line.strip_prefix("- ").unwrap_or(line);
        let Some((key, value)) = line.split_once(": ") else { return false };
        keys.contains(&key.trim_matches(['"', '\''])) && is_literal_secret(value)
    })
}

/// Whether a text has a private key that no passphrase protects.
fn has_private_key(text: &str) -> bool {
    let mut keys = text.split("-----BEGIN ").skip(1).filter_map(|block| block.split_once("-----"));
    let plain = keys.any(|(label, body)| {
        let body = body.split_once("-----END").map_or("", |(body, _)| body);
        let key = label.ends_with("PRIVATE KEY") || label == "OpenVPN Static key V1";
        let encrypted = label.starts_with("ENCRYPTED") || body.contains("ENCRYPTED") || is_openssh_encrypted(body);
        let material = body.bytes().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
        key && !encrypted && material.take(40).count() == 40
    });
    plain || text.starts_with("PuTTY-User-Key-File-") && text.contains("\nEncryption: none")
}

/// Whether a key in OpenSSH's own form names a cipher: its first bytes, in base64, are `openssh-key-v1`, a zero, and the
/// length and the name of the cipher, which is `none` for a key that is open.
fn is_openssh_encrypted(body: &str) -> bool {
    let body = body.trim_start();
    body.starts_with("b3BlbnNzaC1rZXktdjEA") && !body.starts_with("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU")
}

fn netrc(text: &str) -> bool {
    let words: Vec<&str> = lines(text).flat_map(str::split_whitespace).collect();
    let machine = words.iter().any(|word| matches!(*word, "machine" | "default"));
    machine && words.windows(2).any(|pair| pair[0] == "password" && is_literal_secret(pair[1]))
}

fn docker(text: &str) -> bool {
    let Ok(json) = serde_json::from_str::<Value>(text) else { return false };
    let secret = |entry: &Value| {
        let keys = ["auth", "identitytoken", "registrytoken", "password"];
        keys.iter().any(|key| entry[key].as_str().is_some_and(is_literal_secret))
    };
    let entries = |value: &Value| value.as_object().is_some_and(|entries| entries.values().any(secret));
    // Composer has names of hosts below each way to be known to them.
    let composer = ["http-basic", "bearer", "github-oauth", "gitlab-token", "gitlab-oauth"];
    let told = |value: &Value| {
        let tokens = |entries: &serde_json::Map<String, Value>| {
            entries.values().any(|value| value.as_str().is_some_and(is_literal_secret))
        };
        entries(value) || value.as_object().is_some_and(tokens)
    };
    entries(&json["auths"]) || entries(&json) || composer.iter().any(|kind| told(&json[kind]))
}

fn pgpass(line: &str) -> bool {
    let fields: Vec<&str> = line.splitn(5, ':').collect();
    fields.len() == 5 && is_literal_secret(fields[4])
}

fn google(text: &str) -> bool {
    let Ok(json) = serde_json::from_str::<Value>(text) else { return false };
    let key = json["private_key"].as_str().is_some_and(has_private_key);
    let user = json["type"] == "authorized_user" && json["refresh_token"].as_str().is_some_and(is_literal_secret);
    let client =
        ["installed", "web"].iter().any(|kind| json[kind]["client_secret"].as_str().is_some_and(is_literal_secret));
    key || user || client
}

fn environment(text: &str) -> bool {
    lines(text).any(|line| {
        let line = line.strip_prefix("export ").unwrap_or(line);
        line.split_once('=').is_some_and(|(name, value)| {
            let value = value.split(" #").next().unwrap_or(value).trim();
            is_secret(name.trim(), value.trim_matches(['"', '\'']))
        })
    })
}

fn htpasswd(line: &str) -> bool {
    let hashes = ["$apr1$", "$2a$", "$2b$", "$2y$", "{SHA}", "$1$", "$5$", "$6$"];
    line.split_once(':')
        .is_some_and(|(name, hash)| !name.is_empty() && hashes.iter().any(|kind| hash.starts_with(kind)))
}

fn terraform(text: &str) -> bool {
    let Ok(json) = serde_json::from_str::<Value>(text) else { return false };
    let filled = |value: &Value| value.as_array().is_some_and(|list| !list.is_empty());
    let modules = json["modules"].as_array().is_some_and(|modules| {
        modules.iter().any(|module| module["resources"].as_object().is_some_and(|resources| !resources.is_empty()))
    });
    !json["version"].is_null() && (filled(&json["resources"]) || modules)
}

fn maven(text: &str) -> bool {
    let tags = ["<password>", "<passphrase>", "<master>"];
    let text = text.as_bytes();
    tags.iter().any(|tag| {
        memmem::find_iter(text, tag).any(|at| {
            let value = &text[at + tag.len()..];
            let value = &value[..memchr::memchr(b'<', value).unwrap_or(value.len())];
            // `{...}` is encrypted with the master password.
            std::str::from_utf8(value).is_ok_and(|value| is_literal_secret(value) && !value.trim().starts_with('{'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_credentials_are_told_from_those_without() {
        let key = format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", "A".repeat(64));
        let locked =
            format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{}\n-----END ENCRYPTED PRIVATE KEY-----\n", "A".repeat(64));
        let certificate = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", "A".repeat(64));
        let cases: &[(Format, &str, bool)] = &[
            (Format::PrivateKey, &key, true),
            (Format::PrivateKey, &locked, false),
            (Format::PrivateKey, &certificate, false),
            (Format::PrivateKey, "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n", false),
            (Format::Npm, "//registry.npmjs.org/:_authToken=npm_abcdefgh\n", true),
            (Format::Npm, "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\nfund=false\n", false),
            (Format::Npm, "# _authToken=npm_abcdefgh\n", false),
            (Format::Pypi, "[pypi]\nusername = __token__\npassword = pypi-abc\n", true),
            (Format::Netrc, "machine git.example login ci password hunter2\n", true),
            (Format::Netrc, "machine git.example login ci\n", false),
            (Format::Addresses, "https://ci:hunter2@git.example/app.git\n", true),
            (Format::Addresses, "[remote \"origin\"]\n\turl = git@github.com:a/b.git\n", false),
            (Format::Docker, r#"{"auths": {"r.example": {"auth": "Y2k6aHVudGVyMg=="}}}"#, true),
            (Format::Docker, r#"{"auths": {"r.example": {}}, "credsStore": "desktop"}"#, false),
            (Format::Postgres, "db:5432:*:app:hunter2\n", true),
            (Format::Aws, "[default]\naws_secret_access_key = abcdefgh\n", true),
            (Format::Aws, "[default]\nregion = eu-west-1\n", false),
            (Format::Environment, "PORT=3000\nDB_PASSWORD=hunter2\n", true),
            (Format::Environment, "PORT=3000\nDB_PASSWORD=\nAPI_URL=https://a.example\n", false),
            (Format::Htpasswd, "ci:$apr1$abc$def\n", true),
            (Format::Terraform, r#"{"version": 4, "resources": []}"#, false),
            (Format::Terraform, r#"{"version": 4, "resources": [{}]}"#, true),
            (Format::Maven, "<server><password>hunter2</password></server>", true),
            (Format::Maven, "<server><password>${env.PW}</password></server>", false),
            (Format::Kubernetes, "users:\n- name: ci\n  user:\n    token: abcdefgh\n", true),
            (Format::Kubernetes, "clusters:\n- cluster:\n    certificate-authority-data: AAAA\n", false),
            (Format::Google, r#"{"type": "authorized_user", "refresh_token": "1//abc"}"#, true),
        ];
        for (format, text, holds) in cases {
            assert_eq!(secret_in(*format, text.as_bytes()).is_some(), *holds, "{format:?} {text}");
        }
        assert!(secret_in(Format::Environment, b"\xff\xfe\x00=").is_none());
    }

    #[test]
    fn a_file_that_begins_key_after_key_is_read_once() {
        let text = "-----BEGIN PRIVATE KEY-----\n".repeat(1 << 17);
        assert!(secret_in(Format::PrivateKey, text.as_bytes()).is_none());
    }
}
