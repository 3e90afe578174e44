//! Ports: nginx without root listens where it needs none.

use super::{site, user};
use crate::container::Container;
use crate::finding::{Finding, Fix, Judgement};
use crate::rule::NoParameters;
use crate::source::Span;
use crate::subject::nginx::Configuration;
use crate::subject::nginx::model::listen::Listen;

/// The first port that needs no privilege.
const FIRST_FREE: u16 = 1024;

/// `nginx-port-privileged`
pub fn nginx_port_privileged(container: &Container, nginx: &Configuration, _: &NoParameters) -> Judgement {
    if let Some(broken) = site::broken(nginx) {
        return broken;
    }
    let user = match user::unprivileged(container) {
        Ok(user) => user.text.as_str(),
        Err(judgement) => return judgement,
    };
    let granted = granted(container);
    let mut judged: Vec<Judgement> = site::more_servers(nginx).into_iter().collect();
    for listen in nginx.servers().flat_map(|server| nginx.listens(server)) {
        judged.push(listen_judged(container, nginx, &listen, user, granted.as_ref()));
    }
    Judgement::all(judged, "no server of nginx listens on a port")
}

fn listen_judged(
    container: &Container,
    nginx: &Configuration,
    listen: &Listen,
    user: &str,
    granted: Option<&(u16, String, Span)>,
) -> Judgement {
    let builtin = nginx.is_builtin(listen.place);
    let place = if builtin { container.user_text.origin.span } else { listen.place };
    if let Some(why) = &listen.unknown {
        return Judgement::inconclusive(why.clone(), Some(place));
    }
    // Without `listen`, nginx takes 8000 if it is not started as root.
    let Some(port) = listen.port.filter(|_| listen.written) else {
        return Judgement::met(place, "nginx listens on no privileged port");
    };
    if port >= FIRST_FREE {
        return Judgement::met(place, format!("nginx listens on port {port}"));
    }
    if let Some((_, how, place)) = granted.filter(|(from, ..)| *from <= port) {
        return Judgement::met(*place, how.clone());
    }
    let message = match builtin {
        true => format!("nginx runs as `{user}`, and the image's own configuration listens on port {port}"),
        false => format!("nginx listens on port {port}, but runs as `{user}`"),
    };
    let mut finding = Finding::new(place, message);
    if !builtin {
        finding = finding.note_at(container.user_text.origin.span, "this makes it run without root");
    }
    let free = port.saturating_add(8000);
    let title = match builtin {
        true => format!("replace /etc/nginx/conf.d/default.conf by a file with `listen {free};`"),
        false => format!("write `listen {free};`, and {free} in EXPOSE, in the health check and in Compose's `ports`"),
    };
    Judgement::violated(finding.fix(Fix::words(title)))
}

/// What lets the container listen on privileged ports all the same: from which port on, how, and where that is said.
fn granted(container: &Container) -> Option<(u16, String, Span)> {
    let service = container.service.as_ref();
    let sysctls = service.map(|service| service.sysctls.as_slice()).unwrap_or_default();
    let by_kernel = sysctls.iter().filter(|sysctl| sysctl.name == "net.ipv4.ip_unprivileged_port_start");
    let by_kernel = by_kernel.filter_map(|sysctl| {
        let port = sysctl.value.value()?.trim().parse().ok()?;
        Some((port, format!("ports from {port} on need no privilege here"), sysctl.key))
    });
    let by_file = container.image.commands().filter(|(_, command)| {
        let names = |text: &str| command.words.iter().any(|word| word.literal().is_some_and(|w| w.contains(text)));
        command.program() == Some("setcap") && names("cap_net_bind_service") && names("nginx")
    });
    let by_file = by_file.map(|(place, _)| (0, "the nginx program may listen on privileged ports".to_string(), place));
    by_kernel.chain(by_file).next()
}
