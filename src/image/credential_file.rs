//! Credential files: which paths programs keep secrets at, by name.
//!
//! A name is a reason to look, no more: whether a secret is in the file is for its content to say.

/// What a file of a name is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `.npmrc`: `//registry/:_authToken=`.
    Npm,
    /// `.yarnrc.yml`: `npmAuthToken:`.
    Yarn,
    /// `.pypirc`: `password =`.
    Pypi,
    /// `.git-credentials`, `.git/config`, `pip.conf`: addresses with a password in them.
    Addresses,
    /// `.netrc`, and the same for apt: `machine ... password ...`.
    Netrc,
    /// `.docker/config.json`: `auths`.
    Docker,
    /// `.pgpass`: five fields with colons between them.
    Postgres,
    /// `.my.cnf`: `password =`.
    MySql,
    /// `.aws/credentials`: `aws_secret_access_key =`.
    Aws,
    /// The key of a service account of Google, or what `gcloud auth` leaves.
    Google,
    /// `.kube/config`.
    Kubernetes,
    /// `.env`: assignments.
    Environment,
    /// A private key between its `BEGIN` and `END`.
    PrivateKey,
    /// `.htpasswd`: names and hashes.
    Htpasswd,
    /// `terraform.tfstate`.
    Terraform,
    /// `.cargo/credentials.toml`, `.gem/credentials`, `gh/hosts.yml`: a token.
    Token,
    /// `.m2/settings.xml`: `<password>`.
    Maven,
    /// A database of KeePass.
    KeePass,
}

/// Folders of other people's code, of tests and of examples: what looks like a secret there is published or made up.
const FOREIGN_FOLDERS: [&str; 20] = [
    "node_modules",
    "bower_components",
    "site-packages",
    "dist-packages",
    "vendor",
    "gems",
    "pkgs",
    "third_party",
    "test",
    "tests",
    "testing",
    "testdata",
    "test-data",
    "test_data",
    "__tests__",
    "fixtures",
    "example",
    "examples",
    "sample",
    "samples",
];

/// Folders where private keys are published or made up, but where an application may keep its settings.
const KEY_FOLDERS: [&str; 4] = ["spec", "mocks", "demo", "docs"];

/// Trees that packages and languages own.
const OWNED_TREES: [&str; 9] = [
    "usr/share/",
    "usr/lib/",
    "usr/lib64/",
    "usr/include/",
    "usr/local/lib/",
    "usr/local/go/",
    "go/pkg/mod/",
    "lib/",
    "proc/",
];

/// What of those trees is an application's nonetheless.
const SERVED: &str = "usr/share/nginx/html/";

/// Whether packages, languages or tests put a path there, rather than who built the image.
pub fn is_foreign(path: &str) -> bool {
    is_of_others(path) || is_below(path, &KEY_FOLDERS)
}

/// Whether what looks like credentials at a path is of no concern, whatever it is.
fn is_of_others(path: &str) -> bool {
    let owned = OWNED_TREES.iter().any(|tree| path.starts_with(tree)) && !path.starts_with(SERVED);
    owned || is_below(path, &FOREIGN_FOLDERS) || path.rsplit('/').next() == Some("ssl-cert-snakeoil.key")
}

/// Whether one of the folders of a path has one of these names.
fn is_below(path: &str, names: &[&str]) -> bool {
    let (folders, _) = path.rsplit_once('/').unwrap_or_default();
    folders.split('/').any(|folder| names.contains(&folder))
}

impl Format {
    /// The format of the file at a path without a `/` at the start, if credentials are kept under its name.
    pub fn of(path: &str) -> Option<Format> {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = folders.rsplit('/').next().unwrap_or_default();
        if is_of_others(path) {
            return None;
        }
        let format = of_name(name).or_else(|| in_folder(parent, name)).or_else(|| of_shape(path, name));
        format.filter(|format| *format != Format::PrivateKey || !is_below(path, &KEY_FOLDERS))
    }
}

fn of_name(name: &str) -> Option<Format> {
    Some(match name {
        ".npmrc" => Format::Npm,
        ".yarnrc.yml" => Format::Yarn,
        ".pypirc" => Format::Pypi,
        ".git-credentials" | ".gitconfig" | "pip.conf" => Format::Addresses,
        ".netrc" | "_netrc" => Format::Netrc,
        ".dockercfg" => Format::Docker,
        ".pgpass" => Format::Postgres,
        ".my.cnf" => Format::MySql,
        "application_default_credentials.json"
        | "service-account.json"
        | "service_account.json"
        | "serviceaccount.json"
        | "gcloud.json"
        | "credentials.json"
        | "credential.json" => Format::Google,
        "kubeconfig" => Format::Kubernetes,
        ".env" => Format::Environment,
        "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519" => Format::PrivateKey,
        ".htpasswd" | "htpasswd" => Format::Htpasswd,
        "terraform.tfstate" | "terraform.tfstate.backup" => Format::Terraform,
        "settings-security.xml" => Format::Maven,
        _ => return None,
    })
}

fn in_folder(folder: &str, name: &str) -> Option<Format> {
    Some(match (folder, name) {
        (".git", "config") | ("git", "credentials") => Format::Addresses,
        ("apt", "auth.conf") | ("auth.conf.d", _) => Format::Netrc,
        (".docker", "config.json") | ("containers", "auth.json") | ("composer" | ".composer", "auth.json") => {
            Format::Docker
        }
        (".aws", "credentials" | "config") => Format::Aws,
        (".kube", "config") => Format::Kubernetes,
        (".cargo", "credentials" | "credentials.toml") | (".gem", "credentials") | ("gh", "hosts.yml") => Format::Token,
        (".m2", "settings.xml") => Format::Maven,
        _ => return None,
    })
}

/// Names for templates of a `.env` file, which are there to be filled in.
const TEMPLATES: [&str; 8] = ["example", "sample", "template", "dist", "defaults", "schema", "tpl", "test"];

fn of_shape(path: &str, name: &str) -> Option<Format> {
    if path.starts_with("etc/ssh/ssh_host_") && name.ends_with("_key") {
        return Some(Format::PrivateKey);
    }
    let (stem, extension) = name.rsplit_once('.')?;
    let template = || name.split('.').any(|part| TEMPLATES.contains(&part));
    Some(match extension {
        "pem" | "key" | "ppk" | "ovpn" | "private_key" => Format::PrivateKey,
        "kdbx" => Format::KeePass,
        "env" if !stem.is_empty() && !template() => Format::Environment,
        _ if name.starts_with(".env.") && !template() => Format::Environment,
        "json" if stem.contains("service-account") || stem.contains("service_account") => Format::Google,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_where_people_put_them_and_not_where_packages_do() {
        let cases = [
            ("root/.npmrc", Some(Format::Npm)),
            ("app/.env", Some(Format::Environment)),
            ("app/.env.production", Some(Format::Environment)),
            ("app/.env.example", None),
            ("usr/share/nginx/html/.env", Some(Format::Environment)),
            ("root/.ssh/id_rsa", Some(Format::PrivateKey)),
            ("root/.ssh/id_rsa.pub", None),
            ("etc/ssh/ssh_host_ed25519_key", Some(Format::PrivateKey)),
            ("etc/ssh/ssh_host_ed25519_key.pub", None),
            ("etc/ssl/private/ssl-cert-snakeoil.key", None),
            ("usr/local/lib/python3.12/site-packages/certifi/cacert.pem", None),
            ("app/.venv/lib/python3.12/site-packages/pip/_vendor/certifi/cacert.pem", None),
            ("usr/local/lib/node_modules/npm/.npmrc", None),
            ("usr/local/lib/python3.12/test/certdata/keycert.pem", None),
            ("app/test/fixtures/server.key", None),
            ("app/docs/.env", Some(Format::Environment)),
            ("srv/demo/.npmrc", Some(Format::Npm)),
            ("srv/demo/server.key", None),
            ("app/spec/.aws/credentials", Some(Format::Aws)),
            ("app/examples/.env", None),
            ("etc/apt/auth.conf.d/internal.conf", Some(Format::Netrc)),
            ("app/.git/config", Some(Format::Addresses)),
            ("etc/git/config", None),
        ];
        for (path, format) in cases {
            assert_eq!(Format::of(path), format, "{path}");
        }
    }
}
