//! Agent: the HTTP client underneath, with its limits of time and the certificates that it trusts.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

use super::Options;

/// Where systems keep the authorities that they trust; the first one that is there is taken.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Where Docker and Podman keep the authorities of single registries.
const REGISTRY_FOLDERS: [&str; 2] = ["/etc/docker/certs.d", "/etc/containers/certs.d"];

/// A longer file than that is no bundle of certificates.
const LONGEST_BUNDLE: u64 = 16 << 20;

/// An agent that follows nothing by itself and takes every status for an answer.
pub(super) fn agent(options: &Options, domain: &str, proxied: bool) -> Agent {
    let timeouts = &options.timeouts;
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(timeouts.connect))
        .timeout_resolve(Some(timeouts.connect))
        .timeout_recv_response(Some(timeouts.stall))
        .timeout_per_read(Some(timeouts.stall))
        .timeout_per_write(Some(timeouts.stall))
        .proxy(if proxied { Proxy::try_from_env() } else { None });
    if let Some(roots) = authorities(options, domain) {
        config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
    }
    config.build().new_agent()
}

/// Whom to trust for this registry: whom the user names, else `SSL_CERT_FILE`, else the system, and what Docker and Podman were told of this
/// registry. Nothing if there is none of these; the authorities that browsers trust are compiled in.
fn authorities(options: &Options, domain: &str) -> Option<RootCerts> {
    let variable = || std::env::var_os("SSL_CERT_FILE").map(PathBuf::from).filter(|path| path.is_file());
    let named = options.authorities.clone().or_else(variable);
    let system = SYSTEM_BUNDLES.iter().map(PathBuf::from).find(|path| path.is_file());
    let mut certificates = certificates(&named.or(system)?);
    if certificates.is_empty() && options.authorities.is_none() {
        return None;
    }
    for folder in REGISTRY_FOLDERS {
        let files = std::fs::read_dir(Path::new(folder).join(domain)).into_iter().flatten().flatten();
        let authorities = files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "crt"));
        certificates.extend(authorities.flat_map(|path| self::certificates(&path)));
    }
    Some(RootCerts::Specific(Arc::new(certificates)))
}

fn certificates(path: &Path) -> Vec<Certificate<'static>> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST_BUNDLE).read_to_end(&mut bytes));
    if read.is_err() {
        return Vec::new();
    }
    let items = parse_pem(&bytes).flatten();
    let certificates = items.filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    });
    certificates.collect()
}
