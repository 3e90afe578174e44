//! Paths as text: joined and cleaned without looking at any disk, the same on every system.

/// `path` relative to `directory`, without `.` and inner `..`. Absolute paths, `~`, drive letters and URLs stay.
pub fn join(directory: &str, path: &str) -> String {
    if is_rooted(path) || path.contains("://") || path.contains("${") {
        return path.to_string();
    }
    // As files for Windows containers have it; elsewhere no folder begins like that.
    if path.starts_with(".\\") || path.starts_with("..\\") {
        return join(directory, &path.replace('\\', "/"));
    }
    if directory.is_empty() || directory == "." {
        return clean(path);
    }
    clean(&format!("{directory}/{path}"))
}

/// Whether what stands for a path is fetched.
pub fn is_remote(path: &str) -> bool {
    path.contains("://") || path.starts_with("git@") || path.starts_with("github.com/")
}

/// Whether a path does not depend on a directory.
pub fn is_rooted(path: &str) -> bool {
    path.starts_with(['/', '~', '\\']) || has_drive(path)
}

/// Whether a path starts with a drive letter, as in `C:\` or `C:/`.
pub fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic())
}

/// The path without empty parts, `.` and inner `..`; `.` if nothing is left.
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(".."),
            },
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_string(),
        (false, false) => joined,
    }
}

/// The directory a path is in; `.` if it names none.
pub fn parent(path: &str) -> String {
    match clean(path).rsplit_once('/') {
        Some(("", _)) => "/".to_string(),
        Some((directory, _)) => directory.to_string(),
        None => ".".to_string(),
    }
}
