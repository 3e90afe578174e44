//! Outputs: standard output, and files that appear whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::report::ReportedProblem;
use crate::terminal::{brief, clean};

/// Columns of a line of a file that are shown below a problem.
const SNIPPET: usize = 160;

/// A file under construction: written beside its place, moved there when it is finished.
pub struct Pending {
    place: PathBuf,
    /// Where it is written; nothing for a pipe or device, which is written as it stands.
    temporary: Option<PathBuf>,
}

impl Pending {
    /// Opens the file beside `place`.
    ///
    /// # Errors
    /// The folder does not exist or may not be written.
    pub fn create(place: &Path) -> io::Result<(Pending, BufWriter<File>)> {
        let name = place.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
        if place.is_dir() {
            return Err(io::Error::other("it is a folder"));
        }
        if place.exists() && !place.is_file() {
            // `/dev/stdout` and the like: nothing may be moved over them.
            let file = File::options().write(true).open(place)?;
            return Ok((Pending { place: place.to_path_buf(), temporary: None }, BufWriter::new(file)));
        }
        // A link stays one; what it leads to is replaced.
        let place = std::fs::canonicalize(place).unwrap_or_else(|_| place.to_path_buf());
        let name = place.file_name().unwrap_or(name);
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.tmp", std::process::id()));
        let temporary = place.with_file_name(hidden);
        // One that an earlier run left behind goes; nothing is written through a link that somebody put there.
        let _ = std::fs::remove_file(&temporary);
        let file = File::options().write(true).create_new(true).open(&temporary)?;
        Ok((Pending { place, temporary: Some(temporary) }, BufWriter::new(file)))
    }

    /// Puts the finished file in its place.
    ///
    /// # Errors
    /// It cannot be moved.
    pub fn finish(self) -> io::Result<()> {
        match &self.temporary {
            Some(temporary) => std::fs::rename(temporary, &self.place),
            None => Ok(()),
        }
    }
}

impl Drop for Pending {
    /// What was not finished leaves nothing behind; after a move there is nothing left to remove.
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = std::fs::remove_file(temporary);
        }
    }
}

/// Standard output with a buffer that is large enough for a fleet.
pub fn standard() -> BufWriter<io::StdoutLock<'static>> {
    BufWriter::with_capacity(64 * 1024, io::stdout().lock())
}

/// A problem that ends a command: place, what, the line, and the next step.
pub fn problem(out: &mut impl Write, problem: &ReportedProblem) -> io::Result<()> {
    let place = match &problem.location {
        Some(location) => format!("{}:{}:{}", location.path, location.start.line, location.start.column),
        None => problem.path.clone(),
    };
    writeln!(out, "{}", clean(&format!("error: {place}: {}", problem.what)))?;
    if let Some(location) = &problem.location {
        let line = location.snippet.lines().next().unwrap_or("");
        if !line.trim().is_empty() {
            writeln!(out, "  | {}", brief(line, SNIPPET))?;
        }
    }
    writeln!(out, "  = help: {}", clean(&problem.help))
}

/// `sarif=out.sarif` to format and path; what is wrong is printed.
pub fn named<F: ValueEnum>(given: &[String]) -> Option<Vec<(F, PathBuf)>> {
    let mut outputs: Vec<(F, PathBuf)> = Vec::new();
    for output in given {
        let parsed = output.split_once('=').and_then(|(format, path)| {
            let format = F::from_str(format, true).ok()?;
            (!path.is_empty()).then(|| (format, PathBuf::from(path)))
        });
        let Some(parsed) = parsed else {
            let values = F::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let names: Vec<String> = values.map(|value| value.get_name().to_string()).collect();
            let last = names.last().cloned().unwrap_or_default();
            let list = names[..names.len().saturating_sub(1)].join(", ");
            eprintln!("error: `--output {}` is not `FORMAT=FILE`", clean(output));
            eprintln!("  = help: formats are {list} and {last}: `--output {last}=plimsoll.{last}`");
            return None;
        };
        let file = crate::discover::absolute(&parsed.1);
        if outputs.iter().any(|(_, known)| crate::discover::absolute(known) == file) {
            eprintln!("error: `--output` names `{}` twice", clean(&parsed.1.display().to_string()));
            eprintln!("  = help: give each format a file of its own");
            return None;
        }
        outputs.push(parsed);
    }
    Some(outputs)
}

/// A writer that can be handed to a report and flushed afterwards.
pub type Sink = Box<dyn Write>;

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_through_a_link_that_lies_in_the_way() {
        let folder = std::env::temp_dir().join(format!("plimsoll-output-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let (place, victim) = (folder.join("out.json"), folder.join("victim"));
        std::fs::write(&victim, "mine").expect("a file");
        let temporary = folder.join(format!(".out.json.{}.tmp", std::process::id()));
        std::os::unix::fs::symlink(&victim, &temporary).expect("a link");
        let (pending, mut sink) = Pending::create(&place).expect("a file");
        sink.write_all(b"report").expect("room");
        drop(sink);
        pending.finish().expect("a place");
        let text = |path: &Path| std::fs::read_to_string(path).expect("a text");
        assert_eq!((text(&place).as_str(), text(&victim).as_str()), ("report", "mine"));
        let _ = std::fs::remove_dir_all(&folder);
    }
}
