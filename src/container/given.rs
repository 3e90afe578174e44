//! Given: what an image that was given itself says about the container, better than any guess about its base.

use super::image_state::{DEFAULT_PATH, ImageState};
use super::runtime::{Kind, Version};
use crate::container::base::Shell;
use crate::container::build::join;
use crate::image::layers::{Content, Contents, Entry, Lookup};

/// Any of the three execute bits.
const EXECUTABLE: u16 = 0o111;

impl ImageState {
    /// What lies in the finished image, if it was given with its layers.
    pub fn contents(&self) -> Option<&Contents> {
        self.opened.as_ref()?.contents.as_ref()
    }

    /// What lies in the image that the steps began with, if it was given with its layers.
    pub fn base_contents(&self) -> Option<&Contents> {
        self.base.opened.as_ref()?.contents.as_ref()
    }
}

/// The program that a name or path means in an image: the first executable file of that name in the folders of `PATH`.
///
/// # Errors
/// Why that is not known.
pub(super) fn program<'c>(
    contents: &'c Contents,
    name: &str,
    path: Option<&str>,
    workdir: &str,
) -> Result<Option<Entry<'c>>, String> {
    let candidates: Vec<String> = if name.contains('/') {
        vec![join(workdir, name)]
    } else {
        let folders = path.unwrap_or(DEFAULT_PATH).split(':').filter(|folder| !folder.is_empty());
        folders.map(|folder| join(workdir, &format!("{folder}/{name}"))).collect()
    };
    for candidate in candidates {
        match contents.find(&candidate) {
            Lookup::Found(entry) if entry.is_file() && entry.has(EXECUTABLE) => return Ok(Some(entry)),
            Lookup::Found(_) | Lookup::Absent => {}
            Lookup::Unknown(why) => return Err(why),
        }
    }
    Ok(None)
}

/// What is behind `/bin/sh`; `None` if that is not known.
pub(super) fn shell(contents: &Contents) -> Option<Shell> {
    let entry = match contents.find("/bin/sh") {
        Lookup::Found(entry) => entry,
        Lookup::Absent => return Some(Shell::None),
        Lookup::Unknown(_) => return None,
    };
    match entry.name() {
        "dash" => Some(Shell::Dash),
        "busybox" | "ash" => Some(Shell::Ash),
        "bash" => Some(Shell::Bash),
        _ => None,
    }
}

/// The version of a runtime as its own files say it: the header that node brings, the name of python's program.
pub(super) fn version(kind: &Kind, contents: &Contents) -> Option<Version> {
    match kind {
        Kind::Node => node_version(contents),
        Kind::Python => python_version(contents),
        _ => None,
    }
}

fn node_version(contents: &Contents) -> Option<Version> {
    let places = ["/usr/local/include/node/node_version.h", "/usr/include/node/node_version.h"];
    let text = places.iter().find_map(|place| match contents.content(place) {
        Content::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    })?;
    let number = |name: &str| {
        text.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            let defines = words.next() == Some("#define") && words.next() == Some(name);
            if defines { words.next()?.parse::<u32>().ok() } else { None }
        })
    };
    let numbers = [number("NODE_MAJOR_VERSION")?, number("NODE_MINOR_VERSION")?, number("NODE_PATCH_VERSION")?];
    Version::from_numbers(&numbers)
}

/// `/usr/local/bin/python3` is a link to `python3.12`, and that is how its programs are named everywhere.
fn python_version(contents: &Contents) -> Option<Version> {
    ["/usr/local/bin/python3", "/usr/bin/python3"].iter().find_map(|program| match contents.find(program) {
        Lookup::Found(entry) => {
            let version = entry.name().strip_prefix("python").filter(|version| version.contains('.'))?;
            Version::parse(version)
        }
        _ => None,
    })
}
