//! Plan: what a starting point means for a folder, found out before anything is written.

use std::fs::{self, File as Handle};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::{File, Obstacle, Starter, shown};

/// The names under which Compose looks for a project. Where one is there, a second one would take its place:
/// <https://docs.docker.com/compose/intro/compose-application-model/#the-compose-file>.
const COMPOSE: &[&str] = &["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// What is to be done with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is not there, and is written.
    New,
    /// It is there as it would be written.
    Same,
    /// It is there with another content, and stays as it is.
    Kept,
    /// It is not written, because of this file, which stands in its place or goes with code that is there.
    LeftOut(String),
}

/// A file, and what is to be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file.
    pub file: File,
    /// What is to be done with it.
    pub state: State,
}

/// What a starting point means for a folder.
#[derive(Debug, Clone)]
pub struct Plan {
    folder: PathBuf,
    /// Every file of the starting point, in order.
    pub entries: Vec<Entry>,
}

impl Plan {
    /// Looks at the folder, which need not be there yet. Writes nothing.
    ///
    /// # Errors
    /// Everything that stands in the way.
    pub fn new(starter: &Starter, folder: &Path) -> Result<Plan, Vec<Obstacle>> {
        let metadata = match fs::metadata(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => fs::symlink_metadata(folder).ok(),
            Err(error) => return Err(vec![unreachable(folder, &error)]),
            Ok(metadata) => Some(metadata),
        };
        if metadata.is_some_and(|metadata| !metadata.is_dir()) {
            let what = format!("`{}` is no folder", shown(folder));
            return Err(vec![Obstacle::new(what, "name another one with `--dir`")]);
        }
        let files = starter.files();
        let found = files.iter().map(|file| look(folder, file));
        let mut obstacles = Vec::new();
        let found: Vec<Option<State>> =
            found.filter_map(|found| found.map_err(|why| obstacles.push(why)).ok()).collect();
        if !obstacles.is_empty() {
            obstacles.dedup();
            return Err(obstacles);
        }
        let states: Vec<State> = files
            .iter()
            .zip(&found)
            .map(|(file, state)| match state {
                Some(state) => state.clone(),
                None => instead_of(folder, file, &files, &found).map_or(State::New, State::LeftOut),
            })
            .collect();
        let entries = files.into_iter().zip(states).map(|(file, state)| Entry { file, state }).collect();
        Ok(Plan { folder: folder.to_path_buf(), entries })
    }

    /// Writes what is new. Whatever fails, what was written before is taken back.
    ///
    /// # Errors
    /// What could not be written.
    pub fn carry_out(&self) -> Result<(), Obstacle> {
        let mut written = Written::default();
        for entry in self.entries.iter().filter(|entry| entry.state == State::New) {
            let path = self.folder.join(&entry.file.path);
            if let Err(error) = written.write(&path, &entry.file.text) {
                let left = written.take_back();
                let what = format!("`{}` cannot be written: {}", shown(&path), reason(&error));
                if left.is_empty() {
                    return Err(Obstacle::new(what, "nothing was written; see that the folder may be written to"));
                }
                let help =
                    format!("these files were written before and could not be removed again: {}", left.join(", "));
                return Err(Obstacle::new(what, help));
            }
        }
        Ok(())
    }
}

/// What there is where a file is to go; `None` if nothing.
fn look(folder: &Path, file: &File) -> Result<Option<State>, Obstacle> {
    let mut path = folder.to_path_buf();
    let mut names = file.path.split('/').peekable();
    while let Some(name) = names.next() {
        path.push(name);
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreachable(&path, &error)),
        };
        let shown = shown(&path);
        let help = "move it away, or name another folder with `--dir`";
        if names.peek().is_none() {
            if metadata.is_dir() {
                return Err(Obstacle::new(format!("`{shown}` is a folder, and a file is to go there"), help));
            }
            // What a link leads to exists as well; a new file would have to be written through one that leads nowhere.
            if fs::metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
                return Err(Obstacle::new(
                    format!("`{shown}` is a link that leads nowhere"),
                    "mend or remove the link",
                ));
            }
        } else if metadata.is_symlink() {
            return Err(Obstacle::new(format!("`{shown}` is a link, and nothing is written through one"), help));
        } else if !metadata.is_dir() {
            return Err(Obstacle::new(format!("`{shown}` is a file, and a folder is needed there"), help));
        }
    }
    Ok(Some(compare(&path, &file.text)))
}

/// How a file that exists differs from what would be written. One that cannot be read is kept just as well.
fn compare(path: &Path, text: &str) -> State {
    let input = crate::input::read(path, "").ok().flatten();
    let same = input.is_some_and(|input| input.invalid_line.is_none() && same_lines(&input.text, text));
    if same { State::Same } else { State::Kept }
}

/// Line ends do not count: git writes them as the system has them.
fn same_lines(a: &str, b: &str) -> bool {
    a.lines().eq(b.lines())
}

/// The file because of which a missing one is not written.
fn instead_of(folder: &Path, file: &File, files: &[File], found: &[Option<State>]) -> Option<String> {
    if file.path == "compose.yaml" {
        let other = COMPOSE.iter().find(|name| fs::symlink_metadata(folder.join(name)).is_ok());
        return other.map(|name| name.to_string());
    }
    if !file.is_code {
        return None;
    }
    file.kind.signs_of_code().iter().map(|name| format!("{}{name}", file.folder)).find(|path| {
        match files.iter().position(|file| file.path == *path) {
            Some(index) => found.get(index) == Some(&Some(State::Kept)),
            None => fs::symlink_metadata(folder.join(path)).is_ok(),
        }
    })
}

/// What this run has made so far.
#[derive(Default)]
struct Written {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Written {
    /// Writes a file that was not there, with the folders above it.
    fn write(&mut self, path: &Path, text: &str) -> io::Result<()> {
        let above: Vec<&Path> = path.ancestors().skip(1).collect();
        let missing = above.iter().take_while(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()).count();
        for folder in above[..missing].iter().rev() {
            // `new/..` is there as soon as `new` is.
            if folder.is_dir() {
                continue;
            }
            fs::create_dir(folder)?;
            self.folders.push(folder.to_path_buf());
        }
        // Fails if something has come to be there in the meantime, a link included.
        let mut handle = Handle::create_new(path)?;
        self.files.push(path.to_path_buf());
        handle.write_all(text.as_bytes())
    }

    /// Removes it again, and tells what could not be removed.
    fn take_back(self) -> Vec<String> {
        let left = self.files.iter().filter(|path| fs::remove_file(path).is_err());
        let left = left.map(|path| format!("`{}`", shown(path))).collect();
        for folder in self.folders.iter().rev() {
            // Somebody may have put something into it: then it stays.
            let _ = fs::remove_dir(folder);
        }
        left
    }
}

fn unreachable(path: &Path, error: &io::Error) -> Obstacle {
    let what = format!("`{}` cannot be looked at: {}", shown(path), reason(error));
    Obstacle::new(what, "run as a user who may read the folder")
}

/// An error of the system without its number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut letters = text[..end].chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}
