//! Signal: the names that STOPSIGNAL and an engine's stop signal may have.

/// The signals of Linux, without `SIG` and the real-time ones.
const NAMES: [&str; 35] = [
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL",
    "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1",
    "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "UNUSED",
];

/// Whether a signal is one that can be sent: a name with or without `SIG`, in any case, or a number other than 0.
/// `RTMIN+1` to `RTMIN+15` and `RTMAX-14` to `RTMAX-1` count.
pub fn is_known(signal: &str) -> bool {
    if let Ok(number) = signal.parse::<i32>() {
        return number != 0;
    }
    let upper = signal.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let offset = |prefix: &str, most: u8| {
        let digits = name.strip_prefix(prefix)?;
        let number: u8 = digits.parse().ok()?;
        Some((1..=most).contains(&number) && !digits.starts_with(['+', '0']))
    };
    NAMES.contains(&name)
        || matches!(name, "RTMIN" | "RTMAX")
        || offset("RTMIN+", 15).or_else(|| offset("RTMAX-", 14)).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_numbers_and_real_time_signals() {
        for known in ["SIGTERM", "term", "SigQuit", "9", "15", "RTMIN+3", "SIGRTMAX-1", "sigwinch"] {
            assert!(is_known(known), "{known}");
        }
        for unknown in ["", "SIG", "TERMINATE", "0", "SIGTERM # stop", "RTMIN+16", "RTMIN+", "RTMAX-0"] {
            assert!(!is_known(unknown), "{unknown}");
        }
    }
}
