//! Credentials: who the user is to a registry, as Docker's and Podman's files and their helpers say.
//!
//! The files, in this order; the first one that knows the registry decides:
//!
//! 1. those that the environment names: `$DOCKER_CONFIG/config.json`, `$REGISTRY_AUTH_FILE`;
//! 2. those that lie where they usually do: `~/.docker/config.json`, `$XDG_RUNTIME_DIR/containers/auth.json`,
//!    `~/.config/containers/auth.json`. The variables above replace the usual place of their tool.
//!
//! Within a file: `credHelpers` for this registry, `credsStore`, then `auths`, in which keys may have a path and the
//! longest one that fits decides (`containers-auth.json(5)`).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::helper::{self, Answer};
use super::secret::{Login, Secret};
use crate::container::reference::DOCKER_HUB;

/// What Docker calls Docker Hub in its files and to helpers.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// A longer file than that is not one of credentials.
const LONGEST_FILE: u64 = 4 << 20;

/// Where logins are looked for.
#[derive(Debug, Clone, Default)]
pub struct Logins {
    files: Vec<PathBuf>,
    /// The folders with helpers, as `PATH` lists them.
    helpers: Option<OsString>,
}

impl Logins {
    /// The files that the environment of this process leads to.
    pub fn of_user() -> Logins {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let mut logins = Logins::from_environment(&variable);
        logins.helpers = variable("PATH");
        logins
    }

    /// These files, and helpers from the folders in `helpers`, which is written like `PATH`.
    pub fn of_files(files: Vec<PathBuf>, helpers: Option<OsString>) -> Logins {
        Logins { files, helpers }
    }

    fn from_environment(variable: &dyn Fn(&str) -> Option<OsString>) -> Logins {
        let path = |name: &str| variable(name).map(PathBuf::from);
        let home = path("HOME").or_else(|| path("USERPROFILE"));
        let in_home = |rest: &str| home.as_ref().map(|home| home.join(rest));
        let docker = path("DOCKER_CONFIG").map(|folder| folder.join("config.json"));
        let podman = path("REGISTRY_AUTH_FILE");
        let usual_docker = in_home(".docker/config.json").filter(|_| docker.is_none());
        let usual_podman = [
            path("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
            path("XDG_CONFIG_HOME").or_else(|| in_home(".config")).map(|folder| folder.join("containers/auth.json")),
        ];
        let usual_podman = usual_podman.into_iter().flatten().filter(|_| podman.is_none()).collect::<Vec<_>>();
        let named = docker.clone().into_iter().chain(podman.clone());
        Logins { files: named.chain(usual_docker).chain(usual_podman).collect(), helpers: None }
    }

    /// What the files say of this repository.
    pub(super) fn find(&self, domain: &str, repository: &str) -> Found {
        let mut found = Found::default();
        for path in &self.files {
            let shown = path.display().to_string();
            match read(path) {
                Ok(None) => {}
                Ok(Some(file)) => {
                    found.login = self.in_file(&file, &shown, domain, repository, &mut found.complaints);
                }
                Err(why) => found.complaints.push(format!("`{shown}` {why}")),
            }
            found.looked_in.push(shown);
            if found.login.is_some() {
                break;
            }
        }
        found
    }

    fn in_file(
        &self,
        file: &AuthFile,
        shown: &str,
        domain: &str,
        repository: &str,
        complaints: &mut Vec<String>,
    ) -> Option<Login> {
        let own = file.cred_helpers.iter().flatten().find(|(key, _)| Key::of(key).is_all_of(domain));
        let store = file.creds_store.as_ref().filter(|store| !store.is_empty());
        if let Some(name) = own.map(|(_, name)| name).or(store) {
            let server = if domain == DOCKER_HUB { DOCKER_HUB_KEY } else { domain };
            match helper::ask(name, server, self.helpers.as_deref()) {
                Answer::Login(login) => return Some(login),
                Answer::Unknown => {}
                Answer::Failed(why) => complaints.push(why),
            }
        }
        let entries = file.auths.iter().flatten();
        let fitting =
            entries.filter_map(|(key, entry)| Some((Key::of(key).fits(domain, repository)?, entry.as_ref()?)));
        let mut fitting: Vec<(usize, &Entry)> = fitting.collect();
        fitting.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
        fitting.into_iter().find_map(|(_, entry)| match entry.login() {
            Ok(login) => login,
            Err(why) => {
                complaints.push(format!("the entry for `{domain}` in `{shown}` {why}"));
                None
            }
        })
    }
}

/// What came of looking for a login.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// The login.
    pub login: Option<Login>,
    /// The files that were looked into; the login is from the last one.
    pub looked_in: Vec<String>,
    /// What could not be read.
    pub complaints: Vec<String>,
}

/// `config.json` of Docker, `auth.json` of Podman.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthFile {
    auths: Option<BTreeMap<String, Option<Entry>>>,
    creds_store: Option<String>,
    cred_helpers: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Entry {
    auth: Option<String>,
    #[serde(rename = "identitytoken")]
    identity_token: Option<String>,
    username: Option<String>,
    password: Option<String>,
}

impl Entry {
    /// The login of an entry; none if it is empty, as Docker leaves it when a helper has the password.
    fn login(&self) -> Result<Option<Login>, &'static str> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = given(&self.identity_token) {
            return Ok(Some(Login::Identity(Secret::new(token))));
        }
        if let Some(encoded) = given(&self.auth) {
            let decoded = decode_base64(&encoded).and_then(|bytes| String::from_utf8(bytes).ok());
            let decoded = decoded.ok_or("has an `auth` that is not base64 of text")?;
            let (user, password) = decoded.split_once(':').ok_or("has an `auth` without a colon in it")?;
            let password = Secret::new(password.trim_end_matches('\0'));
            return Ok(Some(Login::Password { user: user.to_string(), password }));
        }
        let login = given(&self.username).zip(given(&self.password));
        Ok(login.map(|(user, password)| Login::Password { user, password: Secret::new(password) }))
    }
}

/// Base64 with or without its padding.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&base64::alphabet::STANDARD, lenient).decode(text.trim()).ok()
}

/// What a key in such a file stands for: a registry, and a path in it if one is given.
struct Key {
    domain: String,
    path: String,
}

impl Key {
    /// Docker's keys may be URLs, of which only the host counts; Podman's may have a path.
    fn of(text: &str) -> Key {
        let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let (domain, path) = bare.unwrap_or(text).split_once('/').unwrap_or((bare.unwrap_or(text), ""));
        let path = path.trim_end_matches('/');
        let api = bare.is_some() || matches!(path, "v1" | "v2");
        let domain = match domain {
            "index.docker.io" | "registry-1.docker.io" => DOCKER_HUB,
            other => other,
        };
        Key { domain: domain.to_string(), path: if api { String::new() } else { path.to_string() } }
    }

    fn is_all_of(&self, domain: &str) -> bool {
        self.path.is_empty() && self.domain.eq_ignore_ascii_case(domain)
    }

    /// How long the path is, if the repository lies in it.
    fn fits(&self, domain: &str, repository: &str) -> Option<usize> {
        let rest = repository.strip_prefix(&self.path)?;
        let whole = self.path.is_empty() || rest.is_empty() || rest.starts_with('/');
        (whole && self.domain.eq_ignore_ascii_case(domain)).then_some(self.path.len())
    }
}

/// Reads a file of credentials; nothing if there is none. Errors never quote what is in it.
fn read(path: &Path) -> Result<Option<AuthFile>, String> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    if !metadata.is_file() || metadata.len() > LONGEST_FILE {
        return Err("is not a file of credentials".to_string());
    }
    let mut bytes = Vec::new();
    let opened = File::open(path).and_then(|file| file.take(LONGEST_FILE).read_to_end(&mut bytes));
    opened.map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|error| format!("is not a file of credentials: line {}", error.line()))
}

#[cfg(test)]
mod tests;
