//! buildah with a storage of its own, in a folder that is removed again.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::bases;
use crate::program::Folder;

/// Something that builds images.
pub struct Builder {
    program: PathBuf,
    folder: Folder,
}

impl Builder {
    /// One that has these base images (see [`bases`]); nothing, with a notice, where images cannot be built.
    pub fn start(base_images: &[&str]) -> Option<Builder> {
        let builder = Builder { program: installed("buildah")?, folder: Folder::new() };
        builder.folder.write("policy.json", r#"{"default":[{"type":"insecureAcceptAnything"}]}"#);
        builder.folder.write("registries.conf", "unqualified-search-registries = [\"docker.io\"]\n");
        builder.folder.write("probe/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
        if let Err(why) = builder.bud("probe", "probe", "docker") {
            notice(&format!("buildah cannot build here: {}", why.trim()));
            return None;
        }
        for name in base_images {
            let folder = format!("base-{}", name.replace([':', '/'], "-"));
            bases::write(name, &builder.folder, &folder);
            builder.bud(&folder, &format!("docker.io/library/{name}"), "docker").expect("a base image");
        }
        Some(builder)
    }

    /// The folder in which contexts and images are.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Builds the Dockerfile in a folder.
    #[track_caller]
    pub fn build(&self, context: &str, name: &str, format: &str) {
        self.bud(context, name, format).unwrap_or_else(|why| panic!("{context}: {why}"));
    }

    /// Copies an image to where the program finds it; gives that as text.
    #[track_caller]
    pub fn push(&self, name: &str, to: &str, options: &[&str]) -> String {
        let pushed = self.buildah(&[&["push", "--quiet"], options, &[name, to]].concat());
        pushed.unwrap_or_else(|why| panic!("{name} to {to}: {why}"));
        to.to_string()
    }

    /// Builds an image and saves it as Docker does; gives the source for the program.
    #[track_caller]
    pub fn saved(&self, context: &str) -> String {
        self.build(context, &format!("localhost/{context}:1"), "docker");
        let source = format!("docker-archive:{}", self.folder.at(&format!("{context}.tar")));
        self.push(&format!("localhost/{context}:1"), &format!("{source}:localhost/{context}:1"), &[]);
        source
    }

    fn bud(&self, context: &str, name: &str, format: &str) -> Result<(), String> {
        let context = self.folder.at(context);
        let arguments = ["bud", "--isolation", "chroot", "--pull=never", "--quiet", "--format", format, "-t", name];
        self.buildah(&[&arguments[..], &[&context]].concat())
    }

    fn buildah(&self, arguments: &[&str]) -> Result<(), String> {
        let policy = self.folder.at("policy.json");
        let (first, rest) = arguments.split_first().expect("a command");
        let mut command = Command::new(&self.program);
        command.arg("--root").arg(self.folder.at("storage")).arg("--runroot").arg(self.folder.at("run"));
        command.args(["--storage-driver", "vfs", first, "--signature-policy", &policy]).args(rest);
        command.env("CONTAINERS_REGISTRIES_CONF", self.folder.at("registries.conf"));
        command.env("TMPDIR", self.folder.path()).stdin(Stdio::null());
        let output = command.output().map_err(|error| error.to_string())?;
        let said = || String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(said()) }
    }
}

/// Writes to standard error even where the output of tests is kept back.
pub fn notice(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

/// The path of a program; nothing, with a notice, if it is not installed.
pub fn installed(name: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .chain([Path::new("/usr/sbin").to_path_buf()])
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    if found.is_none() {
        notice(&format!("{name} is not installed"));
    }
    found
}

/// What a program that reads standard input and writes standard output makes of a file.
pub fn piped(program: &Path, from: &str, to: &str) {
    let read = fs::File::open(from).expect("a file");
    let write = fs::File::create(to).expect("a file");
    let done = Command::new(program).arg("-c").stdin(read).stdout(write).status().expect("it runs");
    assert!(done.success());
}
