//! Frontend: whether nginx serves a single-page application as it should, and can do so without root.

mod cache;
mod dangling;
mod edits;
mod fallback;
mod gzip;
mod headers;
mod health;
mod paths;
mod port;
mod proxy;
mod site;
mod user;
mod writable;

use crate::rule;
use crate::rule::Rule;

/// The rules of this topic.
pub const RULES: &[Rule] = &[
    rule!("nginx-gzip-off", on_nginx: gzip::nginx_gzip_off),
    rule!("nginx-headers-missing", on_nginx: headers::nginx_headers_missing),
    rule!("nginx-cache-missing", on_nginx: cache::nginx_cache_missing),
    rule!("nginx-fallback-missing", on_nginx: fallback::nginx_fallback_missing),
    rule!("nginx-proxy-missing", on_service: proxy::nginx_proxy_missing),
    rule!("nginx-proxy-dangling", on_service: dangling::nginx_proxy_dangling),
    rule!("nginx-port-privileged", on_nginx: port::nginx_port_privileged),
    rule!("nginx-path-unwritable", on_nginx: paths::nginx_path_unwritable),
    rule!("nginx-health-missing", on_nginx: health::nginx_health_missing),
];
