//! Names of tar entries: made a path in the image, or the mark of something removed.

use std::borrow::Cow;

use super::Limits;

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// The root itself.
    Root,
    /// A path.
    Path(String),
    /// The path is removed from the layers below.
    Whiteout(String),
    /// What layers below have in this folder is removed.
    Opaque(String),
    /// Notes of builders that engines leave out.
    Ignored,
    /// It is not taken: why, and the path that it may have meant.
    Refused(&'static str, String),
}

/// A path that was refused for its length is in doubt from this part on.
const DOUBT_DEPTH: usize = 16;

/// Notes that eStargz layers begin with.
const LANDMARKS: [&[u8]; 3] = [b".prefetch.landmark", b".no.prefetch.landmark", b"stargz.index.json"];

/// Text of a name; bytes that are not UTF-8 are written `\xff`.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    Cow::Owned(text)
}

/// The path without empty parts, `.` and `..`; the error has what is left of it.
pub(super) fn clean(bytes: &[u8], limits: &Limits) -> Result<String, (&'static str, String)> {
    let mut parts: Vec<&[u8]> = Vec::new();
    let (mut dots, mut length) = (false, 0);
    for part in bytes.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                dots = true;
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    length += parts.iter().map(|part| part.len() + 1).sum::<usize>();
    let path = |parts: &[&[u8]]| text(&parts.join(&b'/')).into_owned();
    if bytes.contains(&0) {
        return Err(("a name with a NUL in it", String::new()));
    }
    if length > limits.path + 1 || parts.len() > limits.depth {
        let short = parts.iter().take(DOUBT_DEPTH).take_while(|part| part.len() <= 255).copied();
        let short: Vec<&[u8]> = short.collect();
        let why = if parts.len() > limits.depth { "a path that is too deep" } else { "a path that is too long" };
        return Err((why, path(&short)));
    }
    if dots {
        return Err(("a path with `..` in it", path(&parts)));
    }
    Ok(path(&parts))
}

/// Reads the name of an entry, with the rules of whiteouts.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Name {
    let path = match clean(bytes, limits) {
        Ok(path) => path,
        Err((why, doubt)) => return Name::Refused(why, doubt),
    };
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
    if name.is_empty() {
        return Name::Root;
    }
    if name == ".wh..wh..opq" && !folder.split('/').any(|part| part.starts_with(".wh..wh.")) {
        return Name::Opaque(folder.to_string());
    }
    if path.contains(".wh..wh.") && path.split('/').any(|part| part.starts_with(".wh..wh.")) {
        return Name::Ignored;
    }
    match name.strip_prefix(".wh.") {
        Some("" | "." | "..") => Name::Refused("a whiteout of nothing", folder.to_string()),
        Some(removed) if folder.is_empty() => Name::Whiteout(removed.to_string()),
        Some(removed) => Name::Whiteout(format!("{folder}/{removed}")),
        None if LANDMARKS.contains(&path.as_bytes()) => Name::Ignored,
        None => Name::Path(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        read(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn names_are_cleaned() {
        for written in ["usr/bin/x", "/usr/bin/x", "./usr//bin/./x/", "usr/bin/x/"] {
            assert_eq!(name(written), Name::Path("usr/bin/x".to_string()), "{written}");
        }
        assert!(["", "/", ".", "./", "//./"].iter().all(|written| name(written) == Name::Root));
    }

    #[test]
    fn whiteouts_are_told_from_the_notes_of_builders() {
        assert_eq!(name("a/.wh.b"), Name::Whiteout("a/b".to_string()));
        assert_eq!(name(".wh.b"), Name::Whiteout("b".to_string()));
        assert_eq!(name("./a/.wh..wh..opq"), Name::Opaque("a".to_string()));
        assert_eq!(name(".wh..wh..opq"), Name::Opaque(String::new()));
        assert_eq!(name(".wh..wh.plnk/5.6"), Name::Ignored);
        assert_eq!(name("a/.wh..wh.aufs"), Name::Ignored);
        assert_eq!(name("stargz.index.json"), Name::Ignored);
        assert_eq!(name("a.wh.b"), Name::Path("a.wh.b".to_string()));
    }

    #[test]
    fn whiteouts_of_nothing_and_paths_out_of_the_tree_are_refused() {
        for (written, doubt) in
            [("a/.wh.", "a"), (".wh...", ""), ("../etc/passwd", "etc/passwd"), ("a/b/../c", "a/c"), ("a\0b", "")]
        {
            let Name::Refused(_, path) = name(written) else { panic!("{written}") };
            assert_eq!(path, doubt, "{written}");
        }
    }

    #[test]
    fn paths_beyond_the_limits_leave_the_folder_in_doubt_that_they_start_with() {
        let deep = "a/".repeat(300);
        assert_eq!(name(&deep), Name::Refused("a path that is too deep", ["a"; 16].join("/")));
        let long = format!("b/{}", "c".repeat(5000));
        assert_eq!(name(&long), Name::Refused("a path that is too long", "b".to_string()));
        assert!(matches!(name(&"d".repeat(4096)), Name::Path(_)));
        assert!(matches!(name(&"d".repeat(4097)), Name::Refused(..)));
    }

    #[test]
    fn names_that_are_no_text_stay_apart() {
        assert_eq!(text(b"a\xffb\xfe"), "a\\xffb\\xfe");
        assert_eq!(text("grün".as_bytes()), "grün");
    }
}
