//! Stock files: what the official images bring under `/etc/nginx`, in short.
//!
//! The texts have the meaning of those in <https://github.com/nginx/nginx-docker> (`nginx`) and
//! <https://github.com/nginx/docker-nginx-unprivileged> (`nginxinc/nginx-unprivileged`) without what no rule asks for.
//! Both map `.js` to `application/javascript` in their `mime.types`.

/// Which image a stock file is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Image {
    /// `nginx`, started as root unless something else is said.
    Official,
    /// `nginxinc/nginx-unprivileged`, started as uid 101.
    Unprivileged,
}

impl Image {
    /// The image of a repository, without registry and tag; `None` for one whose files are not known.
    pub fn of(repository: &str) -> Option<Image> {
        match repository {
            "nginx" | "library/nginx" => Some(Image::Official),
            "nginxinc/nginx-unprivileged" | "nginx/nginx-unprivileged" => Some(Image::Unprivileged),
            _ => None,
        }
    }
}

/// The main configuration file.
pub const MAIN: &str = "/etc/nginx/nginx.conf";
/// All files that the images bring and that nginx reads, sorted.
pub const PATHS: [&str; 3] = ["/etc/nginx/conf.d/default.conf", "/etc/nginx/mime.types", MAIN];

/// The type that `mime.types` gives to `.js`.
pub const JAVASCRIPT: &str = "application/javascript";

/// The text of a stock file.
pub fn file(image: Image, path: &str) -> Option<&'static str> {
    match (image, path) {
        (Image::Official, MAIN) => Some(OFFICIAL_MAIN),
        (Image::Unprivileged, MAIN) => Some(UNPRIVILEGED_MAIN),
        (Image::Official, "/etc/nginx/conf.d/default.conf") => Some(OFFICIAL_SERVER),
        (Image::Unprivileged, "/etc/nginx/conf.d/default.conf") => Some(UNPRIVILEGED_SERVER),
        (_, "/etc/nginx/mime.types") => Some(MIME_TYPES),
        _ => None,
    }
}

const OFFICIAL_MAIN: &str = "user nginx;
worker_processes auto;
error_log /var/log/nginx/error.log notice;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /var/log/nginx/access.log;
    sendfile on;
    keepalive_timeout 65;
    include /etc/nginx/conf.d/*.conf;
}
";

const UNPRIVILEGED_MAIN: &str = "worker_processes auto;
error_log /var/log/nginx/error.log notice;
pid /tmp/nginx.pid;
events { worker_connections 1024; }
http {
    proxy_temp_path /tmp/proxy_temp;
    client_body_temp_path /tmp/client_temp;
    fastcgi_temp_path /tmp/fastcgi_temp;
    uwsgi_temp_path /tmp/uwsgi_temp;
    scgi_temp_path /tmp/scgi_temp;
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /var/log/nginx/access.log;
    sendfile on;
    keepalive_timeout 65;
    include /etc/nginx/conf.d/*.conf;
}
";

const OFFICIAL_SERVER: &str = "server {
    listen 80;
    server_name localhost;
    location / {
        root /usr/share/nginx/html;
        index index.html index.htm;
    }
    error_page 500 502 503 504 /50x.html;
    location = /50x.html {
        root /usr/share/nginx/html;
    }
}
";

const UNPRIVILEGED_SERVER: &str = "server {
    listen 8080;
    server_name localhost;
    location / {
        root /usr/share/nginx/html;
        index index.html index.htm;
    }
    error_page 500 502 503 504 /50x.html;
    location = /50x.html {
        root /usr/share/nginx/html;
    }
}
";

const MIME_TYPES: &str = "types {
    text/html html htm shtml;
    text/css css;
    text/xml xml;
    application/javascript js;
    application/json json;
    image/svg+xml svg svgz;
    font/woff2 woff2;
}
";
