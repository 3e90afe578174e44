//! Init: a starting point that meets the decision, written beside what is there.
//!
//! 1. A [`Starter`] is what somebody wants to begin with: services, and what stands around them.
//! 2. [`Starter::files`] renders its templates, which are files in `templates/` of this repository.
//! 3. A [`Plan`] holds them against a folder: what is new, what is there and stays, what stands in the way.
//! 4. [`Plan::carry_out`] writes what is new, or nothing at all. A file that exists is never touched.

mod plan;
mod render;
mod template;

use std::path::Path;

pub use self::plan::{Entry, Plan, State};
pub use self::template::{TEMPLATES, Template};

/// Why nothing can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub help: String,
}

impl Obstacle {
    fn new(what: impl Into<String>, help: impl Into<String>) -> Obstacle {
        Obstacle { what: what.into(), help: help.into() }
    }
}

/// What a starting point is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Kind {
    /// An HTTP API in TypeScript on node.
    NodeApi,
    /// A single-page application that nginx serves.
    Spa,
    /// An HTTP service in Python with FastAPI.
    #[value(name = "fastapi")]
    FastApi,
    /// A Compose project around services.
    Project,
}

impl Kind {
    /// Every kind, as lists show them.
    pub const ALL: [Kind; 4] = [Kind::NodeApi, Kind::Spa, Kind::FastApi, Kind::Project];
    /// The kinds that are services.
    pub const SERVICES: [Kind; 3] = [Kind::NodeApi, Kind::Spa, Kind::FastApi];

    /// Its name on the command line, which is the name of its folder in `templates/` too.
    pub fn name(self) -> &'static str {
        match self {
            Kind::NodeApi => "node-api",
            Kind::Spa => "spa",
            Kind::FastApi => "fastapi",
            Kind::Project => "project",
        }
    }

    /// What it is, in a line.
    pub fn about(self) -> &'static str {
        match self {
            Kind::NodeApi => "an HTTP API in TypeScript on node 20",
            Kind::Spa => "a React application, built by Vite and served by nginx, which passes /api/ on",
            Kind::FastApi => "an HTTP service on python 3.11 and FastAPI",
            Kind::Project => "a Compose project around these, with redis and postgres",
        }
    }

    /// The service's name in a Compose project, and its folder there.
    fn service(self) -> &'static str {
        match self {
            Kind::NodeApi => "backend",
            Kind::Spa => "frontend",
            Kind::FastApi => "python-worker",
            Kind::Project => "",
        }
    }

    /// The port that it listens on; 0 for none.
    pub fn port(self) -> u16 {
        match self {
            Kind::NodeApi => 3000,
            Kind::Spa => 8080,
            Kind::FastApi => 8000,
            Kind::Project => 0,
        }
    }

    /// Files that show, where one is there, that the service has code of its own already.
    fn signs_of_code(self) -> &'static [&'static str] {
        match self {
            Kind::NodeApi | Kind::Spa => &["package.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock"],
            Kind::FastApi => &["requirements.txt", "pyproject.toml", "Pipfile", "setup.py"],
            Kind::Project => &[],
        }
    }

    /// What its Dockerfile takes for granted about the code that it builds.
    pub fn assumes(self) -> &'static str {
        match self {
            Kind::NodeApi => {
                "runs `npm ci` and `npm run build`, copies `tsconfig.json` and `src`, starts `dist/server.js`"
            }
            Kind::Spa => "runs `npm ci` and `npm run build`, copies `src` and Vite's files, serves `dist`",
            Kind::FastApi => "installs `requirements.txt`, copies `app`, starts `app.main:app`",
            Kind::Project => "",
        }
    }
}

/// What a Compose project can have beside its services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Store {
    /// A cache.
    Redis,
    /// A database.
    Postgres,
}

impl Store {
    /// Every store.
    pub const ALL: [Store; 2] = [Store::Redis, Store::Postgres];

    /// Its name on the command line, and in a Compose project.
    pub fn name(self) -> &'static str {
        match self {
            Store::Redis => "redis",
            Store::Postgres => "postgres",
        }
    }
}

/// What somebody wants to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starter {
    name: String,
    services: Vec<Kind>,
    /// Nothing for a service by itself.
    project: Option<Vec<Store>>,
}

impl Starter {
    /// What these words ask for. One kind is a service by itself; several, [`Kind::Project`] or a store make a Compose
    /// project. `Project` alone has every service, and every store unless some are named.
    ///
    /// # Errors
    /// What is wrong, and what to do about it.
    pub fn new(name: &str, kinds: &[Kind], stores: &[Store]) -> Result<Starter, Obstacle> {
        let sorted =
            |kinds: &[Kind]| Kind::SERVICES.into_iter().filter(|kind| kinds.contains(kind)).collect::<Vec<_>>();
        let mut services = sorted(kinds);
        let everything = services.is_empty();
        if everything {
            services = Kind::SERVICES.to_vec();
        }
        let is_project = kinds.contains(&Kind::Project) || services.len() > 1 || !stores.is_empty();
        let stores = if everything && stores.is_empty() { &Store::ALL } else { stores };
        let stores: Vec<Store> = Store::ALL.into_iter().filter(|store| stores.contains(store)).collect();
        if is_project && services == [Kind::Spa] {
            let what = "a project of `spa` alone has no service that nginx could pass /api/ on to";
            return Err(Obstacle::new(what, "add `node-api` or `fastapi`"));
        }
        check_name(name)?;
        Ok(Starter { name: name.to_string(), services, project: is_project.then_some(stores) })
    }

    /// The services that it has.
    pub fn services(&self) -> &[Kind] {
        &self.services
    }

    /// The stores of the Compose project; nothing for a service by itself.
    pub fn project(&self) -> Option<&[Store]> {
        self.project.as_deref()
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Every file of it, by its path with `/` below the folder that it goes to.
    pub fn files(&self) -> Vec<File> {
        let mut files = Vec::new();
        if let Some(stores) = &self.project {
            let wanted = |template: &&Template| template.path == "compose.yaml" || stores.contains(&Store::Postgres);
            files
                .extend(template::of(Kind::Project).filter(wanted).map(|template| self.file(template, "", &self.name)));
        }
        for &kind in &self.services {
            let (folder, name) = match &self.project {
                Some(_) => (format!("{}/", kind.service()), format!("{}-{}", self.name, kind.service())),
                None => (String::new(), self.name.clone()),
            };
            files.extend(template::of(kind).map(|template| self.file(template, &folder, &name)));
        }
        files
    }

    fn file(&self, template: &Template, folder: &str, name: &str) -> File {
        let api = if self.services.contains(&Kind::FastApi) && !self.services.contains(&Kind::NodeApi) {
            Kind::FastApi
        } else {
            Kind::NodeApi
        };
        let port = api.port().to_string();
        let values = [("name", name), ("api-service", api.service()), ("api-port", port.as_str())];
        let services = self.services.iter().map(|kind| kind.name());
        let stores = self.project.iter().flatten().map(|store| store.name());
        let parts: Vec<&str> = services.chain(stores).collect();
        File {
            path: format!("{folder}{}", template.path),
            folder: folder.to_string(),
            kind: template.kind,
            is_code: template.is_code(),
            text: render::render(template.text, &parts, &values),
        }
    }
}

/// A file of a starting point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Below the folder that the starting point goes to, with `/`.
    pub path: String,
    /// What the file holds.
    pub text: String,
    /// The folder of its service, with a `/` behind it; empty for the top.
    folder: String,
    kind: Kind,
    /// It is an example of code, and nothing that makes a container.
    is_code: bool,
}

impl File {
    /// The kind that it belongs to.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// A path as messages have it: `./Dockerfile` is nobody's way to call a file.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}

/// A name that Compose, npm and a browser's title all take: <https://docs.docker.com/reference/compose-file/version-and-name/>.
fn check_name(name: &str) -> Result<(), Obstacle> {
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if begins && name.chars().all(fits) && name.len() <= LONGEST_NAME {
        return Ok(());
    }
    let what = format!("`{name}` is no name for a project");
    let help = format!("use small letters, digits, `-` and `_`, at most {LONGEST_NAME}: `{}`", name_from(name));
    Err(Obstacle::new(what, help))
}

/// Room for `-python-worker` behind it in a label of DNS.
const LONGEST_NAME: usize = 48;

/// The name nearest to a text, such as the name of a folder.
pub fn name_from(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            _ if name.is_empty() || name.ends_with('-') => {}
            _ => name.push('-'),
        }
        if name.len() == LONGEST_NAME {
            break;
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() { "app".to_string() } else { name.to_string() }
}
