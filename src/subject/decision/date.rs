//! Date: a day of the calendar, read and compared.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A day in the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Date {
    /// A day, if there is such a one.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Date { year, month, day })
    }

    /// The present day in UTC.
    pub fn today() -> Date {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Date::of_days(seconds / 86_400)
    }

    /// The day so many days after 1970-01-01; <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
    fn of_days(days: u64) -> Date {
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Date { year: u16::try_from(year).unwrap_or(u16::MAX), month: month as u8, day: day as u8 }
    }

    /// `2026-01-10` and nothing else.
    pub fn parse(text: &str) -> Option<Date> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
        if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
            return None;
        }
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The day that a text begins with: `2026-01-10`, `2026/01/10`, `10 January 2026`, `Jan 10, 2026`. Days of which the month
/// cannot be told (`10/01/2026`) are none.
pub fn leading(text: &str) -> Option<Date> {
    let words: Vec<&str> =
        text.split([' ', ',', '(', ')', 'T', '.', ';']).filter(|word| !word.is_empty()).take(3).collect();
    if let Some(date) = words.first().and_then(|word| Date::parse(&word.replace('/', "-"))) {
        return Some(date);
    }
    let [first, second, year] = words.as_slice() else { return None };
    let year = year.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let (month, day) = match (month(first), month(second)) {
        (Some(month), _) => (month, second),
        (None, Some(month)) => (month, first),
        (None, None) => return None,
    };
    let day = day.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    Date::new(year, month, day.parse().ok()?)
}

fn month(word: &str) -> Option<u8> {
    let word = word.to_lowercase();
    let at = MONTHS.iter().position(|name| word.len() >= 3 && name.starts_with(&word))?;
    u8::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_since_the_epoch_are_days_of_the_calendar() {
        let cases = [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_454, "2026-01-01")];
        for (days, expected) in cases {
            assert_eq!(Date::of_days(days).to_string(), expected);
        }
    }

    #[test]
    fn texts_begin_with_days_or_not() {
        let day = Date::new(2026, 1, 10);
        for text in ["2026-01-10", "2026/01/10 (quarterly)", "10 January 2026", "Jan 10, 2026", "January 10th, 2026"] {
            assert_eq!(leading(text), day, "{text}");
        }
        for text in ["10/01/2026", "2026-13-01", "2026-02-30", "soon", "", "Q1 2026", "may be later on", "2026-1-1é"] {
            assert_eq!(leading(text), None, "{text}");
        }
    }
}
