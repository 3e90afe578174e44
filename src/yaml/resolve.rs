//! What a plain scalar means, by the rules of go-yaml v3 (`resolve.go`).

/// The meaning of a scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Resolved {
    /// Nothing: left out, `~`, `null`.
    Null,
    /// `true` or `false`; `yes` and `on` are text.
    Bool(bool),
    /// A whole number that fits 64 bits, signed or not.
    Int(i128),
    /// Any other number, infinities and not-a-number among them.
    Float(f64),
    /// `2001-12-14` and longer forms.
    Date,
    /// Text.
    Text,
}

/// Says what a plain scalar means.
pub fn resolve(text: &str) -> Resolved {
    let Some(&first) = text.as_bytes().first() else {
        return Resolved::Null;
    };
    match first {
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text, first),
        b't' | b'T' | b'f' | b'F' | b'n' | b'N' | b'~' => word(text),
        _ => Resolved::Text,
    }
}

fn word(text: &str) -> Resolved {
    match text {
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "true" | "True" | "TRUE" => Resolved::Bool(true),
        "false" | "False" | "FALSE" => Resolved::Bool(false),
        _ => Resolved::Text,
    }
}

fn number(text: &str, first: u8) -> Resolved {
    match text {
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        _ => {}
    }
    if text.len() > 400 {
        return Resolved::Text;
    }
    if first == b'.' {
        return if float_shape(text) { float(text) } else { Resolved::Text };
    }
    if date_shape(text) {
        return Resolved::Date;
    }
    let joined: String;
    let plain = if text.contains('_') {
        joined = text.replace('_', "");
        &joined
    } else {
        text
    };
    if let Some(value) = integer(plain) {
        return Resolved::Int(value);
    }
    if float_shape(plain) { float(plain) } else { Resolved::Text }
}

/// `strconv.ParseInt` with base 0, then `ParseUint`: prefixes `0x`, `0o`, `0b` and a bare `0` for octal.
fn integer(plain: &str) -> Option<i128> {
    let (negative, digits) = match plain.as_bytes().first()? {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, plain),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.as_bytes().first()?.is_ascii_alphanumeric() {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value).then_some(value)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn float_shape(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let mantissa = match mantissa.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()),
        None => digits(mantissa) && !mantissa.is_empty(),
    };
    let exponent = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    mantissa && exponent
}

fn float(text: &str) -> Resolved {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Resolved::Float(value),
        _ => Resolved::Text,
    }
}

/// Year, month and day joined by `-`, then nothing or a time; go-yaml parses it, this only looks at the shape.
fn date_shape(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[4] != b'-' || !bytes[..4].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let (day, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[5..at.max(5)], Some(&text[at + 1..])),
        None => (&text[5..], None),
    };
    let Some((month, day)) = day.split_once('-') else {
        return false;
    };
    let number = |s: &str, most: u8| {
        matches!(s.len(), 1 | 2)
            && s.bytes().all(|b| b.is_ascii_digit())
            && s.parse().is_ok_and(|n| (1..=most).contains(&n))
    };
    number(month, 12)
        && number(day, 31)
        && time.is_none_or(|t| t.split(':').count() >= 3 && t.starts_with(|c: char| c.is_ascii_digit()))
}
