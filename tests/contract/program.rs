//! The program as a user runs it, and the folder with the Compose files that it is run in.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A limit for answers that a busy machine keeps, where the limit itself is not what is tested.
pub const CALM: [&str; 2] = ["--within", "4s"];

/// What a run left.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
    pub took: Duration,
}

impl Ran {
    /// Demands an exit code and shows everything if it is another.
    #[track_caller]
    pub fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Demands that the output, folded to one line, has this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Ran {
        let folded = self.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(folded.contains(text), "no `{text}`:\n{}\n{}", self.out, self.err);
        self
    }

    /// Demands that standard error has this text.
    #[track_caller]
    pub fn warns(self, text: &str) -> Ran {
        assert!(self.err.contains(text), "no `{text}`:\n{}\n{}", self.out, self.err);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}\n{}\n{}", self.out, self.err))
    }
}

/// A folder that is removed again.
pub struct Folder(PathBuf);

static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Folder {
    pub fn new() -> Folder {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("plimsoll-contract-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Folder(std::fs::canonicalize(path).expect("a folder"))
    }

    /// A folder with a Compose file.
    pub fn of(compose: impl AsRef<str>) -> Folder {
        Folder::new().with("compose.yaml", compose)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, with the folders above it.
    pub fn with(self, name: &str, text: impl AsRef<str>) -> Folder {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text.as_ref()).expect("a file");
        self
    }

    /// `plimsoll probe` with these arguments, started here.
    pub fn probe(&self, arguments: &[&str]) -> Ran {
        probe(&self.0, arguments)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `plimsoll probe` with nothing of our environment.
pub fn probe(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.arg("probe").args(arguments).current_dir(folder).env_clear().env("PATH", "/usr/bin:/bin");
    let started = Instant::now();
    let output = command.stdin(Stdio::null()).output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    let code = output.status.code().unwrap_or_else(|| panic!("{}", output.status));
    Ran { code, out: text(output.stdout), err: text(output.stderr), took: started.elapsed() }
}

/// A service with a health check over HTTP, published at a port of this machine.
pub fn web(name: &str, port: u16) -> String {
    format!(
        "  {name}:\n    image: example/{name}:1.0\n    ports: [\"127.0.0.1:{port}:3000\"]\n    \
         healthcheck: {{ test: [\"CMD\", \"curl\", \"-f\", \"http://localhost:3000/health\"] }}\n"
    )
}

/// A project of one such service.
pub fn project(port: u16) -> Folder {
    Folder::of(format!("services:\n{}", web("web", port)))
}
