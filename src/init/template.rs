//! Templates: the files in `templates/`, compiled in. A test walks that folder and finds every file here.

use super::Kind;

/// A file that a starting point has.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// The kind that it belongs to.
    pub kind: Kind,
    /// Its path below the folder of the kind, with `/`.
    pub path: &'static str,
    /// What it holds, before it is rendered.
    pub text: &'static str,
}

macro_rules! template {
    ($kind:ident, $folder:literal, $path:literal) => {
        Template {
            kind: Kind::$kind,
            path: $path,
            text: include_str!(concat!("../../templates/", $folder, "/", $path)),
        }
    };
}

/// Every template, in the order in which they are written.
pub const TEMPLATES: &[Template] = &[
    template!(Project, "project", "compose.yaml"),
    template!(Project, "project", "secrets/.gitignore"),
    template!(NodeApi, "node-api", "Dockerfile"),
    template!(NodeApi, "node-api", ".dockerignore"),
    template!(NodeApi, "node-api", ".gitignore"),
    template!(NodeApi, "node-api", ".nvmrc"),
    template!(NodeApi, "node-api", "package.json"),
    template!(NodeApi, "node-api", "package-lock.json"),
    template!(NodeApi, "node-api", "tsconfig.json"),
    template!(NodeApi, "node-api", "src/server.ts"),
    template!(NodeApi, "node-api", "src/health.ts"),
    template!(Spa, "spa", "Dockerfile"),
    template!(Spa, "spa", ".dockerignore"),
    template!(Spa, "spa", ".gitignore"),
    template!(Spa, "spa", ".nvmrc"),
    template!(Spa, "spa", "nginx/nginx.conf"),
    template!(Spa, "spa", "nginx/default.conf"),
    template!(Spa, "spa", "nginx/security-headers.conf"),
    template!(Spa, "spa", "package.json"),
    template!(Spa, "spa", "package-lock.json"),
    template!(Spa, "spa", "tsconfig.json"),
    template!(Spa, "spa", "vite.config.ts"),
    template!(Spa, "spa", "index.html"),
    template!(Spa, "spa", "src/main.tsx"),
    template!(Spa, "spa", "src/app.tsx"),
    template!(FastApi, "fastapi", "Dockerfile"),
    template!(FastApi, "fastapi", ".dockerignore"),
    template!(FastApi, "fastapi", ".gitignore"),
    template!(FastApi, "fastapi", ".python-version"),
    template!(FastApi, "fastapi", "requirements.txt"),
    template!(FastApi, "fastapi", "app/__init__.py"),
    template!(FastApi, "fastapi", "app/main.py"),
    template!(FastApi, "fastapi", "app/health.py"),
];

/// What makes a container, by its name; everything else of a service is an example of code.
const CONTAINER: &[&str] = &["Dockerfile", ".dockerignore", ".gitignore", ".nvmrc", ".python-version"];

impl Template {
    /// Whether it is an example of code, for who has none yet.
    pub(super) fn is_code(&self) -> bool {
        let configures = CONTAINER.contains(&self.path) || self.path.starts_with("nginx/");
        self.kind != Kind::Project && !configures
    }
}

/// The templates of a kind.
pub(super) fn of(kind: Kind) -> impl Iterator<Item = &'static Template> {
    TEMPLATES.iter().filter(move |template| template.kind == kind)
}
