//! Where files of a tree end up in a container.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{FileSystem, Found};
use crate::container::BuildContext;
use crate::container::build::Build;
use crate::discover::Root;
use crate::scan::files::Files;
use crate::subject::compose;
use crate::subject::dockerfile::{self, stage::BuildSettings};
use crate::subject::dockerignore::Dockerignore;

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A folder with files, removed again.
struct Tree(PathBuf);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Tree {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("plimsoll-files-{}-{number}", std::process::id()));
        for (name, text) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        Tree(std::fs::canonicalize(folder).expect("a folder"))
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs something on the files of the image that a Dockerfile builds in a tree, with the service `web` over it.
fn with_files<T>(tree: &Tree, dockerfile: &str, compose: &str, run: impl FnOnce(&mut FileSystem) -> T) -> T {
    let root = Root::new(Some(&tree.0), &[]);

    let mut files = Files::new(&root);
    let source = files.sources.add_text("Dockerfile", dockerfile);
    let mut problems = Vec::new();
    let file = Arc::new(dockerfile::parse(source, dockerfile, &mut problems));
    let build = Build::new(file, &BuildSettings::default(), &mut problems).expect("a build");
    let ignore = std::fs::read_to_string(tree.0.join(".dockerignore")).ok();
    let ignore = ignore.map(|text| Dockerignore::parse(files.sources.add_text(".dockerignore", &text), &text));
    let context = BuildContext {
        name: ".".to_string(),
        folder: tree.0.clone(),
        ignore,
        assumed: false,
        ignore_above: None,
        packages: Default::default(),
    };
    let path = tree.0.join("compose.yaml");
    std::fs::write(&path, compose).expect("a file");
    let request = compose::Request { files: vec![path], root: tree.0.clone(), ..compose::Request::default() };
    let mut read = |path: &Path| {
        let input = crate::input::read(path, "x")?;
        let name: Arc<str> = path.display().to_string().into();
        Ok(input.map(|i| crate::source::Source::of_file(name, path, i.text)))
    };
    let project = (!compose.is_empty()).then(|| {
        let loaded = compose::load(&request, &mut read, &mut files.sources);
        loaded.project.unwrap_or_else(|| panic!("{:?}", loaded.problems))
    });
    let service = project.as_ref().map(|project| (project.service("web").expect("web"), project));
    let mut system = FileSystem::new(&mut files, build.image(), Some(&build), Some(&context), service);
    run(&mut system)
}

/// What stands at a path: its text, or `absent`, `of the base`, `unknown: ...`.
fn at(system: &mut FileSystem, path: &str) -> String {
    match system.read(path) {
        Found::File(source) => system.text(source).to_string(),
        Found::Absent => "absent".to_string(),
        Found::OfBase => "of the base".to_string(),
        Found::Unknown(why) => format!("unknown: {why}"),
    }
}

fn tree() -> Tree {
    Tree::new(&[
        ("nginx/nginx.conf", "main"),
        ("nginx/default.conf", "default"),
        ("nginx/extra.conf", "extra"),
        ("nginx/readme.md", "readme"),
        ("start.sh", "start"),
        ("private/secret.sh", "secret"),
        (".dockerignore", "private\n"),
    ])
}

#[test]
fn steps_of_the_image_put_files_where_docker_puts_them() {
    let cases = [
        ("COPY nginx/nginx.conf /etc/nginx/nginx.conf", "/etc/nginx/nginx.conf", "main", "a file to a file"),
        ("COPY nginx/default.conf /etc/nginx/conf.d/", "/etc/nginx/conf.d/default.conf", "default", "into a folder"),
        (
            "COPY nginx/default.conf /etc/nginx/conf.d",
            "/etc/nginx/conf.d/default.conf",
            "default",
            "a folder that is there",
        ),
        ("COPY nginx /etc/nginx", "/etc/nginx/nginx.conf", "main", "what is in a folder"),
        ("COPY nginx/*.conf /etc/nginx/conf.d/", "/etc/nginx/conf.d/extra.conf", "extra", "a pattern"),
        ("COPY nginx/*.conf /etc/nginx/conf.d/", "/etc/nginx/conf.d/readme.md", "of the base", "and what it leaves"),
        ("COPY . /srv", "/srv/nginx/extra.conf", "extra", "the whole context"),
        ("COPY . /srv", "/srv/private/secret.sh", "of the base", "but for what is ignored"),
        ("WORKDIR /app\nCOPY start.sh ./", "/app/start.sh", "start", "the working directory"),
        ("COPY start.sh /start", "/start", "start", "under another name"),
        ("COPY <<'E' /start.sh\nrun $1\nE", "/start.sh", "run $1\n", "an inline file"),
        (
            "COPY <<E /start.sh\nrun $1\nE",
            "/start.sh",
            "unknown: the inline file holds variables of the build",
            "expanded",
        ),
        ("COPY gone.sh /start.sh", "/start.sh", "unknown: `gone.sh` is not in the build context", "not there"),
        (
            "COPY private/secret.sh /start.sh",
            "/start.sh",
            "unknown: `private/secret.sh` is not in the build context",
            "ignored",
        ),
        (
            "COPY --from=nginx:1 /etc/nginx /etc/nginx",
            "/etc/nginx/nginx.conf",
            "unknown: it is copied from `nginx:1`",
            "an image",
        ),
        ("COPY ../../etc/passwd /x", "/x", "unknown: `/etc/passwd` is not in the tree", "outside"),
        ("ADD https://example.com/a.sh /a.sh", "/a.sh", "unknown: `https://example.com/a.sh` is fetched", "fetched"),
    ];
    expect(&cases);
}

#[test]
fn commands_of_a_run_move_files_as_a_shell_does() {
    let cases = [
        ("COPY nginx /etc/nginx\nRUN rm /etc/nginx/extra.conf", "/etc/nginx/extra.conf", "absent", "removed"),
        ("COPY nginx /etc/nginx\nRUN rm -rf /etc/nginx/*", "/etc/nginx/extra.conf", "absent", "removed by a pattern"),
        ("COPY start.sh /tmp/\nRUN mv /tmp/start.sh /run.sh", "/run.sh", "start", "moved"),
        ("COPY start.sh /tmp/\nRUN mv /tmp/start.sh /run.sh", "/tmp/start.sh", "absent", "from there"),
        ("COPY start.sh /tmp/\nRUN cd /tmp && cp start.sh /run.sh", "/run.sh", "start", "copied by a command"),
        ("WORKDIR /app\nCOPY . .\nRUN cp start.sh /run.sh", "/run.sh", "start", "from the working directory"),
        ("COPY nginx /n\nRUN cp -r /n/. /etc/nginx/", "/etc/nginx/nginx.conf", "main", "what a folder holds"),
        ("COPY nginx /n\nRUN cp -r /n/. /etc/nginx/", "/etc/nginx/mime.types", "of the base", "and nothing else"),
        (
            "RUN npm run build && cp /dist/nginx.conf /etc/nginx/",
            "/etc/nginx/nginx.conf",
            "unknown: what a RUN copies from `/dist/nginx.conf` is not known",
            "made by a command",
        ),
        (
            "RUN cp \"$CONF\" /etc/nginx/nginx.conf",
            "/etc/nginx/nginx.conf",
            "unknown: what a RUN copies to where it is is not known",
            "a variable of the shell",
        ),
        (
            "RUN curl https://a.b/c.tgz | tar xz -C /etc/nginx",
            "/etc/nginx/nginx.conf",
            "unknown: `tar` may write it in a RUN",
            "unpacked",
        ),
        ("RUN curl https://a.b/c.tgz | tar xz -C /", "/etc/nginx/nginx.conf", "of the base", "over everything"),
        ("RUN tar czf /b.tgz /etc/nginx", "/etc/nginx/nginx.conf", "of the base", "packed"),
        (
            "RUN git clone https://github.com/h5bp/server-configs-nginx /etc/nginx",
            "/etc/nginx/nginx.conf",
            "unknown: `git` may write it in a RUN",
            "cloned",
        ),
        ("COPY start.sh /\nRUN sed -i 's/\\r$//' /start.sh && chmod +x /start.sh", "/start.sh", "start", "line ends"),
        ("COPY start.sh /\nRUN sed -i 's/a/b/' /start.sh", "/start.sh", "unknown: `sed` changes it in a RUN", "edited"),
        ("COPY start.sh /\nRUN echo x >> /start.sh", "/start.sh", "unknown: a RUN writes `/start.sh`", "appended to"),
    ];
    expect(&cases);
}

/// Steps on nginx, a path, what stands there, and what the case is about.
type Case = (&'static str, &'static str, &'static str, &'static str);

fn expect(cases: &[Case]) {
    for (steps, path, expected, why) in cases {
        let tree = tree();
        let found = with_files(&tree, &format!("FROM nginx:1.27\n{steps}\n"), "", |system| at(system, path));
        let found = found.replace(&*tree.0.to_string_lossy(), "");
        let outside = expected.contains("not in the tree") && found.contains("not in the tree");
        assert!(found == *expected || outside, "{why}: {steps}: {path}: {found}");
    }
}

#[test]
fn copies_from_stages_are_followed() {
    let dockerfile = "FROM node:20 AS build\nWORKDIR /src\nCOPY . .\nRUN npm run build\nFROM nginx:1.27\n\
                      COPY --from=build /src/nginx/default.conf /etc/nginx/conf.d/default.conf\n\
                      COPY --from=build /src/dist /usr/share/nginx/html\n\
                      COPY --from=build /src/out/site.conf /etc/nginx/conf.d/site.conf\n";
    let tree = tree();
    with_files(&tree, dockerfile, "", |system| {
        assert_eq!(at(system, "/etc/nginx/conf.d/default.conf"), "default");
        assert_eq!(at(system, "/usr/share/nginx/html/index.html"), "unknown: it is copied from the stage `build`");
        assert_eq!(at(system, "/etc/nginx/nginx.conf"), "of the base");
        assert_eq!(at(system, "/etc/nginx/conf.d/site.conf"), "unknown: it is copied from the stage `build`");
    });
}

#[test]
fn copies_that_double_from_stage_to_stage_come_to_an_end() {
    let mut dockerfile = "FROM nginx:1.27 AS s0\nCOPY nginx/ /c/\n".to_string();
    for stage in 1..30 {
        let copy = format!("COPY --from=s{} /c/ /c/\n", stage - 1);
        dockerfile.push_str(&format!("FROM nginx:1.27 AS s{stage}\n{copy}{copy}"));
    }
    with_files(&tree(), &dockerfile, "", |system| {
        assert!(system.list("/c", &[]).open.is_some());
    });
}

#[test]
fn commands_bring_names_into_folders() {
    let cases = [
        ("COPY nginx /n\nRUN cp /n/extra.conf /etc/nginx/conf.d/", "extra.conf", false, "a file"),
        (
            "COPY nginx /n\nRUN cp -r /n/. /etc/nginx/conf.d",
            "default.conf extra.conf nginx.conf readme.md",
            false,
            "all",
        ),
        (
            "COPY nginx /n/conf.d\nRUN cp -r /n/conf.d /etc/nginx/",
            "default.conf extra.conf nginx.conf readme.md",
            false,
            "the folder",
        ),
        ("COPY nginx /n\nRUN cp /n/*.conf /etc/nginx/conf.d/", "", true, "a pattern"),
        ("COPY nginx /n\nRUN cp /n/*.conf /etc/nginx/", "", false, "a pattern beside it"),
        ("RUN curl https://a.b/c.tgz | tar xz -C /etc/nginx", "", true, "an archive"),
    ];
    for (steps, expected, open, why) in cases {
        with_files(&tree(), &format!("FROM nginx:1.27\n{steps}\n"), "", |system| {
            let listing = system.list("/etc/nginx/conf.d", &[]);
            let names: Vec<&str> = listing.entries.iter().map(|(path, _)| super::file_name(path)).collect();
            assert_eq!((names.join(" ").as_str(), listing.open.is_some()), (expected, open), "{why}: {steps}");
        });
    }
}

#[test]
fn mounts_lie_over_the_image() {
    let compose = "services:\n  web:\n    build: .\n    tmpfs: [/tmp]\n    configs:\n      - source: site\n        \
                   target: /etc/nginx/conf.d/site.conf\n    volumes:\n      - ./nginx/nginx.conf:/etc/nginx/nginx.conf:ro\n      \
                   - ./nginx:/etc/nginx/more\n      - data:/data\n      - ./later.conf:/etc/nginx/later.conf\n\
                   configs:\n  site:\n    content: |\n      inline\nvolumes:\n  data:\n";
    let tree = tree();
    let dockerfile =
        "FROM nginx:1.27\nCOPY start.sh /etc/nginx/nginx.conf\nCOPY start.sh /tmp/start.sh\nCOPY start.sh /data/\n";
    with_files(&tree, dockerfile, compose, |system| {
        assert_eq!(at(system, "/etc/nginx/nginx.conf"), "main");
        assert_eq!(at(system, "/etc/nginx/more/extra.conf"), "extra");
        assert_eq!(at(system, "/etc/nginx/more/gone.conf"), "absent");
        assert_eq!(at(system, "/etc/nginx/conf.d/site.conf"), "inline\n");
        assert_eq!(at(system, "/tmp/start.sh"), "absent");
        assert_eq!(at(system, "/data/start.sh"), "unknown: a volume is mounted at `/data`");
        assert_eq!(at(system, "/etc/nginx/later.conf"), "unknown: `later.conf` is mounted there and not in the tree");
        let listing = system.list("/etc/nginx/conf.d", &["default.conf"]);
        let names: Vec<&str> = listing.entries.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(names, ["/etc/nginx/conf.d/default.conf", "/etc/nginx/conf.d/site.conf"]);
        assert_eq!(listing.open, None);
    });
}

#[test]
fn folders_are_listed_with_what_was_removed_left_out() {
    let dockerfile = "FROM nginx:1.27\nRUN rm /etc/nginx/conf.d/default.conf\nCOPY nginx/ /etc/nginx/conf.d/\n\
                      RUN rm /etc/nginx/conf.d/nginx.conf\n";
    let tree = tree();
    with_files(&tree, dockerfile, "", |system| {
        let listing = system.list("/etc/nginx/conf.d", &["default.conf"]);
        let names: Vec<&str> = listing.entries.iter().map(|(path, _)| super::file_name(path)).collect();
        assert_eq!(names, ["default.conf", "extra.conf", "readme.md"]);
    });
    with_files(&tree, "FROM nginx:1.27\nRUN rm -f /etc/nginx/conf.d/*\n", "", |system| {
        assert!(system.list("/etc/nginx/conf.d", &["default.conf"]).entries.is_empty());
    });
    with_files(&tree, "FROM nginx:1.27\nCOPY --from=other /x /etc/nginx/conf.d\n", "", |system| {
        assert!(system.list("/etc/nginx/conf.d", &[]).open.is_some(), "what another image has is not known");
    });
}
