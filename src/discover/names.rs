//! Names: what a file is by its name, and, for a file that the user named, by its content.

use crate::subject::compose::files::is_compose_file_name;
use crate::subject::{decision, image};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// A Compose file, base, override or variant.
    Compose,
    /// An image configuration.
    Image,
    /// A configuration of nginx.
    Nginx,
    /// A record of a decision.
    Decision,
    /// What a Dockerfile is made from.
    Template,
    /// Nothing that is judged.
    Other,
}

/// Endings of files that other programs turn into Dockerfiles.
const TEMPLATE_ENDINGS: [&str; 8] = [".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template", ".erb", ".in"];

/// What a file is by its name and that of its folder. The stem counts in any case, as on file systems that ignore it.
pub fn kind_of_name(folder: &str, name: &str) -> Kind {
    // Nearly all files of a tree are none of these; leave them quickly.
    let bytes = name.as_bytes();
    if has_ending(bytes, b".md") && decision::is_decision_path(folder, name) {
        return Kind::Decision;
    }
    if (has_ending(bytes, b".conf") || has_ending(bytes, b".template")) && is_nginx(folder, name) {
        return Kind::Nginx;
    }
    let first = bytes.first().map_or(0, u8::to_ascii_lowercase);
    if !matches!(first, b'd' | b'c') && !has_ending(bytes, b"dockerfile") && !has_ending(bytes, b"ml") {
        return Kind::Other;
    }
    let lower = name.to_ascii_lowercase();
    let stem = lower == "dockerfile"
        || lower == "containerfile"
        || lower.starts_with("dockerfile.")
        || lower.starts_with("containerfile.")
        || lower.ends_with(".dockerfile");
    if stem && !lower.ends_with(".dockerignore") {
        let template = TEMPLATE_ENDINGS.iter().any(|ending| lower.ends_with(ending));
        return if template { Kind::Template } else { Kind::Dockerfile };
    }
    if is_compose_file_name(name).is_some() { Kind::Compose } else { Kind::Other }
}

/// `nginx.conf`, `site.nginx.conf`, `nginx.prod.conf.template`, and what stands in folders that are called after nginx.
fn is_nginx(folder: &str, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let Some(stem) = name.trim_end_matches(".template").strip_suffix(".conf") else { return false };
    let folders = ["nginx", "sites-available", "sites-enabled"];
    stem.split(['.', '-', '_']).any(|part| part == "nginx")
        || folders.iter().any(|known| folder.eq_ignore_ascii_case(known))
}

fn has_ending(name: &[u8], ending: &[u8]) -> bool {
    name.len() >= ending.len() && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending)
}

/// What a named file is by its content.
pub fn kind_of_content(name: &str, text: &str) -> Kind {
    if image::recognise(text).is_some() {
        return Kind::Image;
    }
    let lower = name.to_ascii_lowercase();
    if lower.ends_with(".yml") || lower.ends_with(".yaml") {
        return Kind::Compose;
    }
    if lower.ends_with(".json") {
        return Kind::Image;
    }
    let first = text
        .trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .and_then(|line| line.split_whitespace().next())
        .unwrap_or("");
    if first.eq_ignore_ascii_case("from") || first.eq_ignore_ascii_case("arg") { Kind::Dockerfile } else { Kind::Other }
}
