//! Sizes, times and numbers as Compose writes them.

use crate::subject::duration;

/// Bytes: `DIGITS[.fraction][ ]unit`, all units powers of 1024, in any case.
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let power = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        "p" | "pb" | "pib" => 5,
        _ => return None,
    };
    let factor = 1u64 << (10 * power);
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    let number: f64 = number.parse().ok()?;
    let bytes = number * factor as f64;
    (bytes < u64::MAX as f64).then_some(bytes as u64)
}

/// Nanoseconds: `1h30m`, `1.5s`; units `ns us ms s m h d w`. A number needs a unit, but 0.
pub fn duration(text: &str) -> Option<u64> {
    u64::try_from(duration::compose(text)?.as_nanos()).ok()
}

/// A number of processor cores: a decimal number, not negative.
pub fn cores(text: &str) -> Option<f64> {
    let text = text.trim();
    text.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0)
}

/// A boolean: `true` and `false` in any case, and the older `yes`, `no`, `on`, `off`, `y`, `n`.
pub fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "on" => Some(true),
        "false" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}
