//! When a health check runs: how often, how long, and how often it may fail.

use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::{InForce, in_force};
use crate::checks::shipped;
use crate::container::image_state::Probe;
use crate::container::{Container, Kind};
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::source::{Span, Spanned};
use crate::subject::compose::{self, Given, Setting};
use crate::subject::duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Bounds {
    required: Vec<Field>,
    #[serde(deserialize_with = "duration")]
    min_interval: Duration,
    #[serde(deserialize_with = "duration")]
    max_interval: Duration,
    #[serde(deserialize_with = "duration")]
    max_timeout: Duration,
    #[serde(deserialize_with = "duration")]
    max_start_period: Duration,
    min_retries: u32,
    max_retries: u32,
}

fn duration<'de, D: Deserializer<'de>>(value: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(value)?;
    duration::go(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no duration such as `10s`")))
}

/// One thing that can be said about when.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Field {
    Interval,
    Timeout,
    StartPeriod,
    Retries,
}

impl Field {
    const ALL: [Field; 4] = [Field::Interval, Field::Timeout, Field::StartPeriod, Field::Retries];

    /// Without `--`.
    fn flag(self) -> &'static str {
        match self {
            Field::Interval => "interval",
            Field::Timeout => "timeout",
            Field::StartPeriod => "start-period",
            Field::Retries => "retries",
        }
    }

    /// The engine's value where nothing is said.
    fn default(self) -> &'static str {
        match self {
            Field::Interval | Field::Timeout => "30s",
            Field::StartPeriod => "0s",
            Field::Retries => "3",
        }
    }
}

/// A value that is known, is left out, or is not known.
enum Said {
    Value(Spanned<Duration>),
    Nothing,
    Unknown(String, Span),
}

pub(super) fn healthcheck_timing(container: &Container, bounds: &Bounds) -> Judgement {
    let check = match in_force(container) {
        Ok(check) => check,
        Err(judgement) => return judgement,
    };
    let mut judged: Vec<Judgement> =
        Field::ALL.into_iter().map(|field| within(container, &check, field, bounds)).collect();
    judged.push(missing(container, &check, bounds));
    judged.push(longer(container, &check, bounds));
    Judgement::all(judged, "the health check is the base image's own")
}

/// What is said about a field; retries as so many seconds.
fn said(container: &Container, check: &InForce<'_>, field: Field) -> Said {
    let given = container.service.as_ref().and_then(|service| service.healthcheck.as_ref());
    if let Some((span, why)) = given.and_then(|given| unknown(given, field)) {
        return Said::Unknown(why, span);
    }
    let timing = check.timing;
    let value = match field {
        Field::Interval => timing.interval,
        Field::Timeout => timing.timeout,
        Field::StartPeriod => timing.start_period,
        Field::Retries => timing.retries.map(|retries| retries.map(|count| Duration::from_secs(count.into()))),
    };
    match (value, check.declared) {
        (Some(value), _) => Said::Value(value),
        (None, Probe::OfBase) => {
            let what = format!("the `{}` of the base image's health check is not known", field.flag());
            Said::Unknown(what, check.place)
        }
        (None, _) => Said::Nothing,
    }
}

/// Why a field of the service is not known, if it is not.
fn unknown(given: &compose::Healthcheck, field: Field) -> Option<(Span, String)> {
    fn of(given: Option<&Given<u64>>) -> Option<(Span, String)> {
        let given = given?;
        match &given.setting {
            Setting::Unknown(unknown) => Some((given.span, unknown.why.clone())),
            Setting::Value(_) => None,
        }
    }
    of(match field {
        Field::Interval => given.interval.as_ref(),
        Field::Timeout => given.timeout.as_ref(),
        Field::StartPeriod => given.start_period.as_ref(),
        Field::Retries => given.retries.as_ref(),
    })
}

/// One field against its bounds.
fn within(container: &Container, check: &InForce<'_>, field: Field, bounds: &Bounds) -> Judgement {
    let value = match said(container, check, field) {
        Said::Value(value) => value,
        Said::Nothing => return Judgement::not_applicable("it is left to the engine"),
        Said::Unknown(why, place) => return Judgement::inconclusive(why, Some(place)),
    };
    let count = |count: u32| Duration::from_secs(count.into());
    let (least, most) = match field {
        Field::Interval => (bounds.min_interval, bounds.max_interval),
        Field::Timeout => (Duration::ZERO, bounds.max_timeout),
        Field::StartPeriod => (Duration::ZERO, bounds.max_start_period),
        Field::Retries => (count(bounds.min_retries), count(bounds.max_retries)),
    };
    let show = |value: Duration| shown(field, value);
    let (bound, word) = match value.value {
        value if value < least => (least, "less than"),
        value if value > most => (most, "more than"),
        _ => return Judgement::met(check.place, format!("`{}` is {}", field.flag(), show(value.value))),
    };
    let message = format!("the health check's `{}` is {}, {word} {}", field.flag(), show(value.value), show(bound));
    // A timeout has to keep within the interval as well.
    let interval = check.timing.interval.map_or(bound, |interval| interval.value);
    let right = if field == Field::Timeout { bound.min(interval) } else { bound };
    let title = format!("write {} for `{}`", show(right), field.flag());
    Judgement::violated(Finding::new(value.span, message).fix(replace(container, title, value.span, show(right))))
}

/// `90s`, `500ms`, `3`.
fn shown(field: Field, value: Duration) -> String {
    match (field, value.subsec_millis()) {
        (Field::Retries, _) => value.as_secs().to_string(),
        (_, 0) => format!("{}s", value.as_secs()),
        _ => format!("{}ms", value.as_millis()),
    }
}

/// What has to be said and is not.
fn missing(container: &Container, check: &InForce<'_>, bounds: &Bounds) -> Judgement {
    let left_out = |field: &&Field| matches!(said(container, check, **field), Said::Nothing);
    let fields: Vec<Field> = bounds.required.iter().filter(left_out).copied().collect();
    if fields.is_empty() {
        return Judgement::met(check.place, "interval, timeout, start period and retries are decided");
    }
    let names = fields.iter().map(|field| format!("`{}`", field.flag())).collect::<Vec<_>>().join(", ");
    let defaults = fields.iter().map(|field| format!("{} {}", field.flag(), field.default())).collect::<Vec<_>>();
    let finding = Finding::new(check.place, format!("the health check leaves {names} to the engine"))
        .note(format!("the engine takes {}", defaults.join(", ")));
    Judgement::violated(finding.fix(completed(container, check, &fields, bounds)))
}

/// The flags that are missing, or the keys.
fn completed(container: &Container, check: &InForce<'_>, fields: &[Field], bounds: &Bounds) -> Fix {
    // The timeout may not be longer than an interval that is there, nor the interval shorter than a timeout.
    let interval = check.timing.interval.map_or(Duration::from_secs(30), |interval| interval.value);
    let timeout = check.timing.timeout.map_or(Duration::ZERO, |timeout| timeout.value.min(bounds.max_timeout));
    let value = |field: &Field| match field {
        Field::Interval => Duration::from_secs(30)
            .max(timeout)
            .clamp(bounds.min_interval, bounds.max_interval.max(bounds.min_interval)),
        Field::Timeout => Duration::from_secs(5).min(bounds.max_timeout).min(interval),
        Field::StartPeriod => Duration::from_secs(10).min(bounds.max_start_period),
        Field::Retries => {
            Duration::from_secs(3.clamp(bounds.min_retries, bounds.max_retries.max(bounds.min_retries)).into())
        }
    };
    if let Some(instruction) = shipped::instruction(container, check.place) {
        let flags = fields.iter().map(|field| format!(" --{}={}", field.flag(), shown(*field, value(field))));
        let flags: String = flags.collect();
        let edit = Edit::insert_after(instruction.keyword_span, flags.clone());
        return Fix::risky(format!("write `HEALTHCHECK{flags} ...`"), vec![edit]);
    }
    let keys =
        fields.iter().map(|field| format!("`{}: {}`", field.flag().replace('-', "_"), shown(*field, value(field))));
    Fix::words(format!("add {} under `healthcheck`", keys.collect::<Vec<_>>().join(", ")))
}

/// A check that may take longer than the time to the next one.
fn longer(container: &Container, check: &InForce<'_>, bounds: &Bounds) -> Judgement {
    let said = |field| said(container, check, field);
    let (Said::Value(timeout), Said::Value(interval)) = (said(Field::Timeout), said(Field::Interval)) else {
        return Judgement::not_applicable("one of them is left to the engine");
    };
    if timeout.value <= interval.value {
        return Judgement::met(check.place, "the timeout is not longer than the interval");
    }
    let (long, short) = (shown(Field::Timeout, timeout.value), shown(Field::Interval, interval.value));
    let message = format!("the health check's timeout of {long} is longer than its interval of {short}");
    let finding = Finding::new(timeout.span, message).note_at(interval.span, "the interval");
    let title = format!("write {short} for the timeout");
    let fix = match timeout.value > bounds.max_timeout {
        // Another finding at the same place has it.
        true => Fix::words(title),
        false => replace(container, title, timeout.span, short),
    };
    Judgement::violated(finding.fix(fix))
}

/// Another value at its place, if it is written there as such: a built image counts nanoseconds, and a variable has its
/// value elsewhere.
fn replace(container: &Container, title: String, place: Span, text: String) -> Fix {
    let given = container.service.as_ref().and_then(|service| service.healthcheck.as_ref());
    let fields = given
        .iter()
        .flat_map(|given| [&given.interval, &given.timeout, &given.start_period, &given.retries].into_iter().flatten());
    let elsewhere = fields.filter(|field| field.span == place).any(|field| !field.through.is_empty());
    if container.kind == Kind::Image || elsewhere {
        return Fix::words(title);
    }
    Fix::risky(title, vec![Edit::replace(place, text)])
}
