//! Durations: text such as `1h30m` as Go reads it, in Dockerfiles and in Compose files.

use std::time::Duration;

/// Go's `time.ParseDuration` for durations that are not negative: `1h2m3.5s`, `500ms`, `0`.
pub fn go(text: &str) -> Option<Duration> {
    read(text, |unit| match unit {
        "ns" => Some(1.0),
        "us" | "µs" | "μs" => Some(1e3),
        "ms" => Some(1e6),
        "s" => Some(1e9),
        "m" => Some(60e9),
        "h" => Some(3600e9),
        _ => None,
    })
}

/// The same with the days and weeks of Compose: `1d12h`, `2w`.
pub fn compose(text: &str) -> Option<Duration> {
    let days = |unit: &str| match unit {
        "d" => Some(86_400e9),
        "w" => Some(7.0 * 86_400e9),
        _ => go(&format!("1{unit}")).map(|one| one.as_nanos() as f64),
    };
    read(text.trim(), days)
}

/// A sum of numbers with units, of which `unit` tells the nanoseconds. Only 0 needs no unit.
fn read(text: &str, unit: impl Fn(&str) -> Option<f64>) -> Option<Duration> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = unsigned;
    let mut nanoseconds = 0f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let behind = &rest[digits..];
        let end = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        nanoseconds += number * unit(&behind[..end])?;
        rest = &behind[end..];
    }
    let in_range = !unsigned.is_empty() && nanoseconds < i64::MAX as f64;
    let negative = text.starts_with('-') && nanoseconds > 0.0;
    (in_range && !negative).then(|| Duration::from_nanos(nanoseconds.round() as u64))
}
