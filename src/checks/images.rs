//! Images: how large what is shipped may be.

use serde::{Deserialize, Deserializer, de::Error};

use crate::container::drift::{self, Drift};
use crate::container::{Container, Kind};
use crate::finding::{Finding, Fix, Judgement};
use crate::image::layers::Contents;
use crate::rule;
use crate::rule::{NoParameters, Rule};
use crate::source::{Span, Spanned};

/// The rules of this topic.
pub const RULES: &[Rule] = &[
    rule!("image-size-over-budget", on_container: image_size_over_budget),
    rule!("image-drift", on_container: image_drift),
];

/// What the image of each runtime may weigh.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Budgets {
    budget: PerRuntime<Size>,
    baseline: PerRuntime<Size>,
    reduction: PerRuntime<Percent>,
}

/// Something for each runtime that has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PerRuntime<T> {
    node: Option<T>,
    nginx: Option<T>,
    python: Option<T>,
    redis: Option<T>,
    postgres: Option<T>,
    other: Option<T>,
}

impl<T> PerRuntime<T> {
    fn of(&self, runtime: &str) -> Option<&T> {
        match runtime {
            "node" => self.node.as_ref(),
            "nginx" => self.nginx.as_ref(),
            "python" => self.python.as_ref(),
            "redis" => self.redis.as_ref(),
            "postgres" => self.postgres.as_ref(),
            _ => self.other.as_ref(),
        }
    }
}

/// The size of an image in bytes.
#[derive(Clone, Copy)]
struct Size(u64);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
        let text = String::deserialize(deserializer)?;
        let size = size(&text).filter(|bytes| *bytes > 0);
        size.map(Size).ok_or_else(|| D::Error::custom(format!("`{text}` is no size of an image such as `300MB`")))
    }
}

/// By how much an image has to become smaller.
#[derive(Clone, Copy)]
struct Percent(f64);

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Percent, D::Error> {
        let percent = f64::deserialize(deserializer)?;
        let fits = percent > 0.0 && percent < 100.0;
        fits.then_some(Percent(percent)).ok_or_else(|| D::Error::custom(format!("`{percent}` is no share of 100")))
    }
}

fn image_size_over_budget(container: &Container, budgets: &Budgets) -> Judgement {
    if container.kind != Kind::Image && container.image.opened.is_none() {
        let why = "what an image weighs is known when it is built: scan what `docker image inspect` prints of it";
        return Judgement::not_applicable(why);
    }
    let Some(size) = &container.image_size else {
        return Judgement::inconclusive("nothing here says how large the image is", Some(container.key));
    };
    let runtime = match container.runtime_name() {
        Ok(runtime) => runtime,
        Err(why) => return Judgement::inconclusive(why, Some(container.runtime.origin.span)),
    };
    let limits = [decided(budgets, runtime), reduced(budgets, runtime)];
    let Some(limit) = limits.into_iter().flatten().min_by_key(|limit| limit.bytes) else {
        let why = format!("no size was decided for the image of what it runs ({runtime})");
        return Judgement::not_applicable(why);
    };
    judged(container, size, runtime, &limit)
}

fn image_drift(container: &Container, _: &NoParameters) -> Judgement {
    let Some(declared) = &container.declared else {
        return Judgement::not_applicable("no image is given that was built from a Dockerfile of this tree");
    };
    let drifts = drift::differences(declared, &container.image);
    let Some(opened) = container.image.opened.as_ref().filter(|_| !drifts.is_empty()) else {
        return Judgement::met(container.key, "the image is configured as its Dockerfile says");
    };
    let label = &opened.image.label;
    Judgement::Violated { findings: drifts.iter().map(|drift| drifted(drift, label)).collect(), unknown: Vec::new() }
}

fn drifted(drift: &Drift, label: &str) -> Finding {
    // Command lines and variables may hold secrets; that they differ is what matters.
    let is_plain = matches!(drift.field.as_str(), "USER" | "WORKDIR" | "STOPSIGNAL");
    let message = match (&drift.declared, &drift.given) {
        (Some(said), Some(is)) if is_plain => format!("{} is `{said}` here and `{is}` in `{label}`", drift.field),
        (None, Some(_)) => format!("`{}` is not set in `{label}`", drift.field),
        (_, Some(is)) if is == drift::NO_CHECK => format!("`{label}` has no health check"),
        _ => format!("`{}` is another one in `{label}`", drift.field),
    };
    Finding::new(drift.declared_by.span, message)
        .note_at(drift.given_by.span, "what the image says")
        .fix(Fix::words("build the image from this Dockerfile again, or change the Dockerfile to what is shipped"))
}

/// What an image may weigh, and why.
struct Limit {
    bytes: u64,
    why: String,
}

fn decided(budgets: &Budgets, runtime: &str) -> Option<Limit> {
    let bytes = budgets.budget.of(runtime)?.0;
    Some(Limit { bytes, why: format!("the budget for {runtime}") })
}

fn reduced(budgets: &Budgets, runtime: &str) -> Option<Limit> {
    let (baseline, percent) = (budgets.baseline.of(runtime)?.0, budgets.reduction.of(runtime)?.0);
    let bytes = (baseline as f64 * (100.0 - percent) / 100.0) as u64;
    Some(Limit { bytes, why: format!("{percent} % less than the `{}` it weighed before", shown(baseline)) })
}

fn judged(container: &Container, size: &Spanned<u64>, runtime: &str, limit: &Limit) -> Judgement {
    let (weighs, most) = (shown(size.value), shown(limit.bytes));
    if size.value <= limit.bytes {
        return Judgement::met(size.span, format!("the image weighs `{weighs}`, within `{most}`"));
    }
    let message = format!("the image weighs `{weighs}`, more than `{most}`, which is {}", limit.why);
    let words = match runtime {
        "nginx" => "copy nothing but the built files into an `nginx:*-alpine` stage",
        "node" => "ship an alpine or slim base with production dependencies and built files only",
        "python" => "ship a slim base with the virtual environment only, and leave compilers in the build stage",
        _ => "build in one stage and copy what runs into another with a smaller base",
    };
    let title = format!("{words}; at least `{}` have to go", shown(size.value - limit.bytes));
    let mut finding = Finding::new(size.span, message);
    for (bytes, layer, maker) in heaviest(container) {
        finding = match maker {
            Some(maker) => finding.note_at(maker, format!("layer {layer} weighs `{}`", shown(bytes))),
            None => finding.note(format!("layer {layer} weighs `{}`", shown(bytes))),
        };
    }
    Judgement::violated(finding.fix(Fix::words(title)))
}

/// The layers of a given image that weigh most: bytes, number, and where its history says what made them.
fn heaviest(container: &Container) -> Vec<(u64, usize, Option<Span>)> {
    let layers = container.image.contents().map(Contents::layers).unwrap_or_default();
    let makers = &container.image.made_by;
    let maker = |index: usize| makers.get(index).and_then(|maker| maker.as_ref()).map(|maker| maker.span);
    let weighed =
        layers.iter().enumerate().filter_map(|(index, layer)| Some((layer.unpacked?, index + 1, maker(index))));
    let mut weighed: Vec<_> = weighed.collect();
    weighed.sort_by_key(|(bytes, ..)| std::cmp::Reverse(*bytes));
    weighed.truncate(MOST_LAYERS);
    weighed
}

/// Layers that are named for the size of an image.
const MOST_LAYERS: usize = 3;

/// Units of sizes, the decimal ones as Docker shows them.
const UNITS: [(&str, u64); 8] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("kb", 1000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("b", 1),
    ("", 1),
];

/// Bytes: `300MB`, `1.2 GB`, `250MiB`, `1048576`.
fn size(text: &str) -> Option<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let (number, factor) = UNITS.iter().find_map(|(unit, factor)| Some((lower.strip_suffix(unit)?, *factor)))?;
    let number = number.trim_end();
    if !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let bytes = number.parse::<f64>().ok()? * factor as f64;
    (bytes < u64::MAX as f64).then_some(bytes.round() as u64)
}

/// A size as Docker shows it: three digits, decimal units.
fn shown(bytes: u64) -> String {
    let (unit, factor) = match bytes {
        0..1000 => return format!("{bytes}B"),
        1000..1_000_000 => ("kB", 1e3),
        1_000_000..1_000_000_000 => ("MB", 1e6),
        _ => ("GB", 1e9),
    };
    let number = bytes as f64 / factor;
    let text = if number < 10.0 {
        format!("{number:.2}")
    } else if number < 100.0 {
        format!("{number:.1}")
    } else {
        format!("{number:.0}")
    };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_docker_shows_them() {
        for (text, bytes) in [
            ("300MB", Some(300_000_000)),
            ("1.2 GB", Some(1_200_000_000)),
            ("250MiB", Some(250 << 20)),
            ("12kB", Some(12_000)),
            ("1048576", Some(1_048_576)),
            ("5B", Some(5)),
            ("", None),
            ("MB", None),
            ("-3MB", None),
            ("1e9", None),
            ("infGB", None),
            ("3TB", None),
        ] {
            assert_eq!(size(text), bytes, "{text}");
        }
    }

    #[test]
    fn sizes_are_shown_with_three_digits() {
        for (bytes, text) in [
            (0, "0B"),
            (999, "999B"),
            (1500, "1.5kB"),
            (300_000_000, "300MB"),
            (48_300_000, "48.3MB"),
            (1_127_000_000, "1.13GB"),
            (2_000_000_000, "2GB"),
        ] {
            assert_eq!(shown(bytes), text);
        }
    }
}
