//! Wanted: the files of an image whose content says something, of which there are few.

use super::credential_file::{self, Format};
use super::layers::{Candidate, Keep};

/// No file is kept that has more bytes: the list of packages of a large Alpine image is the largest that is looked at.
const LARGEST: u64 = 4 << 20;

/// Scripts with more bytes are programs, not starters of programs.
const LARGEST_SCRIPT: u64 = 256 << 10;

/// The files that checks and the resolution of containers look into.
pub fn keep() -> Keep<'static> {
    Keep::new(LARGEST, is_wanted)
}

fn is_wanted(candidate: &Candidate<'_>) -> bool {
    let path = candidate.path;
    is_system_file(path) || is_configuration(path) || is_starter(candidate) || Format::of(path).is_some()
}

/// Files that are at one place in every image.
fn is_system_file(path: &str) -> bool {
    let known = [
        "etc/passwd",
        "etc/group",
        "etc/shadow",
        "etc/os-release",
        "usr/lib/os-release",
        "usr/local/include/node/node_version.h",
        "lib/apk/db/installed",
        "usr/lib/apk/db/installed",
    ];
    known.contains(&path)
}

/// Configuration of nginx and redis, and the manifests of Node projects.
fn is_configuration(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let folders = [
        "etc/nginx/",
        "usr/local/nginx/conf/",
        "usr/local/openresty/nginx/conf/",
        "opt/bitnami/nginx/conf/",
        "etc/redis",
    ];
    let redis = || name.ends_with(".conf") && (name.contains("redis") || name.contains("valkey"));
    let node = || name == "package.json" && !path.contains("node_modules/");
    folders.iter().any(|folder| path.starts_with(folder)) || redis() || node()
}

/// Scripts that may start the application.
fn is_starter(candidate: &Candidate<'_>) -> bool {
    if !candidate.script() || candidate.size > LARGEST_SCRIPT {
        return false;
    }
    let (folders, name) = candidate.path.rsplit_once('/').unwrap_or(("", candidate.path));
    let folder = folders.rsplit('/').next().unwrap_or_default();
    let named = || name.contains("entrypoint") || name.ends_with(".sh");
    let executable = || candidate.mode & 0o111 != 0;
    if credential_file::is_foreign(candidate.path) {
        return false;
    }
    folders.is_empty() || matches!(folder, "bin" | "sbin") || named() || executable()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(path: &str, mode: u16, start: &str) -> bool {
        is_wanted(&Candidate { path, mode, size: start.len() as u64, start: start.as_bytes() })
    }

    #[test]
    fn what_checks_look_into_is_kept_and_the_mass_is_not() {
        for path in ["etc/passwd", "etc/nginx/conf.d/default.conf", "app/package.json", "root/.npmrc", "app/redis.conf"]
        {
            assert!(wants(path, 0o644, "x"), "{path}");
        }
        for path in ["usr/bin/env", "app/node_modules/a/package.json", "app/server.js", "usr/share/redis/x.html"] {
            assert!(!wants(path, 0o755, "\x7fELF"), "{path}");
        }
    }

    #[test]
    fn scripts_are_kept_where_containers_start_from() {
        let script = "#!/bin/sh\nexec \"$@\"\n";
        for path in ["entrypoint.sh", "usr/local/bin/docker-entrypoint.sh", "app/docker/entrypoint", "app/start.sh"] {
            assert!(wants(path, 0o644, script), "{path}");
        }
        assert!(wants("app/serve", 0o755, script) && !wants("app/serve", 0o644, script));
        for path in ["app/node_modules/a/bin/b", "usr/share/x/y.sh", "usr/lib/node_modules/npm/bin/npm"] {
            assert!(!wants(path, 0o755, script), "{path}");
        }
    }
}
