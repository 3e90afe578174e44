//! Input: reading one file, whatever it turns out to be.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use crate::problem::Problem;

/// The largest file that is read, in bytes. The largest known Dockerfiles and Compose files have some 100 KB.
pub const MAX_SIZE: u64 = 4 * 1024 * 1024;

/// A text and what reading it brought up.
#[derive(Debug, Clone)]
pub struct Input {
    /// The text. Bytes that are no UTF-8 are U+FFFD in it.
    pub text: Arc<str>,
    /// The first line (from 1) with bytes that are no UTF-8.
    pub invalid_line: Option<usize>,
}

/// Reads a file. Named pipes, devices and folders are refused before they are opened; so are files past [`MAX_SIZE`].
///
/// # Errors
/// One problem, at `shown`, with the next step. `Ok(None)` means that there is no such file.
pub fn read(path: &Path, shown: &str) -> Result<Option<Input>, Problem> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        // A link to itself exists, though what it leads to does not.
        Err(error) if error.kind() == ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => return Ok(None),
        Err(error) => return Err(unreadable(shown, &error)),
    };
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "is a folder, not a file" } else { "is a pipe or device, not a file" };
        return Err(Problem::error(shown, what, "give the path of a file, or exclude this one in .gitignore"));
    }
    if metadata.len() > MAX_SIZE {
        let what = format!("the file has {} MB; at most {} MB are read", metadata.len() >> 20, MAX_SIZE >> 20);
        return Err(Problem::error(shown, what, "exclude it in .gitignore if it is not what its name says"));
    }
    if metadata.len() == 0 && is_of_the_kernel(path) {
        let what = "is what the system says of itself, not a file";
        return Err(Problem::error(shown, what, "give the path of a file, or remove what leads here"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(shown, &error))?;
    // It may grow while it is read.
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(shown, &error))?;
    decode(bytes, shown).map(Some)
}

/// Bytes to text.
///
/// # Errors
/// UTF-16 is refused: no builder takes it.
pub fn decode(bytes: Vec<u8>, shown: &str) -> Result<Input, Problem> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Problem::error(shown, "the file is UTF-16, which no builder reads", "save it as UTF-8"));
    }
    if bytes.len() as u64 > MAX_SIZE {
        let what = format!("the input has {} MB; at most {} MB are read", bytes.len() >> 20, MAX_SIZE >> 20);
        return Err(Problem::error(shown, what, "give a smaller file"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Input { text: text.into(), invalid_line: None }),
        Err(error) => {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = memchr::memchr_iter(b'\n', valid).count() + 1;
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            Ok(Input { text: text.into(), invalid_line: Some(line) })
        }
    }
}

/// Whether a path leads into `/proc` or `/sys`, whose files have no size: some never end or never answer, and
/// `/proc/self/environ` is full of secrets.
fn is_of_the_kernel(path: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|real| real.starts_with("/proc") || real.starts_with("/sys"))
}

/// `ELOOP` of Linux; the standard library has no stable name for it.
const TOO_MANY_LINKS: i32 = 40;

fn unreadable(shown: &str, error: &std::io::Error) -> Problem {
    let (what, help) = match error.kind() {
        ErrorKind::PermissionDenied => ("may not be read".to_string(), "run as a user who may read it"),
        ErrorKind::NotFound => ("is a link that leads nowhere".to_string(), "mend or remove the link"),
        _ if error.raw_os_error() == Some(TOO_MANY_LINKS) => {
            ("is a link that leads to itself".to_string(), "mend or remove the link")
        }
        _ => (format!("cannot be read: {error}"), "see that the path is right and the disk is well"),
    };
    Problem::error(shown, what, help)
}
