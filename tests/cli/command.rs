//! The program as a user runs it: a child process with a clock, a bound on memory, and nothing of our environment.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// No run of a test takes longer, in an unoptimised build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Address space of a bounded run, in KiB: what threads and libraries reserve, and not much more.
const BOUND: u64 = 1_500_000;

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
    /// The line in which a run for a program says on standard error what it came to.
    pub said: String,
    pub took: Duration,
}

impl Ran {
    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.out, self.err))
    }

    /// Both streams, as the log of a job has them.
    pub fn log(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// Demands an exit code and shows everything if it is another.
    #[track_caller]
    pub fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Demands that some line of standard output has all of these words.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Ran {
        let found = self.out.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "no line with {words:?}:\n{}", self.log());
        self
    }

    /// Demands that standard output nowhere has this text.
    #[track_caller]
    pub fn lacks(self, text: &str) -> Ran {
        assert!(!self.out.contains(text), "has `{text}`:\n{}", self.out);
        self
    }

    /// Demands that some line of standard error has all of these words.
    #[track_caller]
    pub fn warns(self, words: &[&str]) -> Ran {
        let found = self.err.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "no line with {words:?}:\n{}", self.err);
        self
    }

    /// Demands an empty standard error.
    #[track_caller]
    pub fn quietly(self) -> Ran {
        assert_eq!(self.err, "");
        self
    }
}

/// A run to be.
pub struct Run {
    arguments: Vec<OsString>,
    folder: PathBuf,
    variables: Vec<(String, String)>,
    bounded: bool,
}

/// A run of the program in a folder.
pub fn run(folder: impl AsRef<Path>, arguments: &[&str]) -> Ran {
    Run::new(folder, arguments).go()
}

impl Run {
    pub fn new(folder: impl AsRef<Path>, arguments: &[&str]) -> Run {
        Run {
            arguments: arguments.iter().map(OsString::from).collect(),
            folder: folder.as_ref().to_path_buf(),
            variables: Vec::new(),
            bounded: false,
        }
    }

    /// A variable in the environment of the program.
    pub fn variable(mut self, name: &str, value: &str) -> Run {
        self.variables.push((name.to_string(), value.to_string()));
        self
    }

    /// With little memory.
    pub fn bounded(mut self) -> Run {
        self.bounded = true;
        self
    }

    fn command(&self) -> Command {
        let program = env!("CARGO_BIN_EXE_plimsoll");
        if !self.bounded {
            let mut command = Command::new(program);
            command.args(&self.arguments);
            return command;
        }
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -v {BOUND} && exec \"$0\" \"$@\""), program]).args(&self.arguments);
        command
    }

    /// Runs it to its end; a run without an end is ended, and fails the test.
    #[track_caller]
    pub fn go(self) -> Ran {
        let mut command = self.command();
        command.current_dir(&self.folder).env_clear().env("PATH", "/usr/bin:/bin");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn().expect("the program starts");
        let (out, err) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        let (out, err) = (thread::spawn(move || whole(out)), thread::spawn(move || whole(err)));
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break status;
            }
            if started.elapsed() > PATIENCE {
                let _ = child.kill();
                panic!("no end after {PATIENCE:?}: {:?}", self.arguments);
            }
            thread::sleep(Duration::from_millis(2));
        };
        let (out, err) = (out.join().expect("stdout"), err.join().expect("stderr"));
        // An abort or a stack overflow has a signal, and no code.
        let code = status.code().unwrap_or_else(|| panic!("{status}: {:?}\n{err}", self.arguments));
        // What a run came to is said in one line of standard error; a test of its own looks at that.
        let (said, err): (Vec<&str>, Vec<&str>) = err.lines().partition(|line| line.starts_with("plimsoll: scanned "));
        let err = err.iter().map(|line| format!("{line}\n")).collect();
        Ran { code, out, err, said: said.concat(), took: started.elapsed() }
    }
}

fn whole(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("a stream");
    String::from_utf8(bytes).expect("the output is UTF-8")
}

/// A folder of `testdata/`.
pub fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

/// A folder that is removed again.
pub struct Folder {
    path: PathBuf,
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Folder {
    pub fn new() -> Folder {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("plimsoll-cli-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Folder { path: std::fs::canonicalize(path).expect("a folder") }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file, with the folders above it.
    pub fn with(self, name: &str, text: impl AsRef<[u8]>) -> Folder {
        let path = self.path.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.path).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
