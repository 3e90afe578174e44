//! Secret: a text that is sent to a registry and shown to nobody.

use std::fmt;

/// A password, a token, the value of a header with one of these. It has no way into a message: `Debug` hides it, and
/// there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Shorter ones than that are not searched for in messages: they would stand in every second word.
const SHORTEST_REDACTED: usize = 4;

impl Secret {
    /// Takes a text that nobody may see.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for whoever sends it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// The text without this secret in it, should a registry have said it back to us.
    pub(super) fn redact(&self, text: &str) -> String {
        if self.0.len() < SHORTEST_REDACTED { text.to_string() } else { text.replace(&self.0, "***") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How somebody proves to a registry who they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Login {
    /// A name and a password, or what a registry gives out instead of one.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token that is exchanged for others (`identitytoken`).
    Identity(Secret),
}

impl Login {
    /// What of it must not be seen.
    pub(super) fn secret(&self) -> &Secret {
        match self {
            Login::Password { password, .. } => password,
            Login::Identity(token) => token,
        }
    }
}
