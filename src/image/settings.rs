//! Settings: what an image is configured to, as names and texts by which two images can be compared.
//!
//! The texts are those of the image, with secrets in them; whoever shows them stars these out.

use std::collections::BTreeMap;
use std::fmt;

use super::Image;
use super::layers::{Content, Contents};
use crate::subject::dockerfile::instruction::Timing;
use crate::subject::image::{Healthcheck, ImageConfig, Words};

/// Where the accounts of an image are: users, then groups.
pub const ACCOUNT_FILES: [&str; 2] = ["etc/passwd", "etc/group"];

/// No more accounts are read; an image has some dozens.
const MOST_ACCOUNTS: usize = 10_000;

/// Kinds of settings, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What it runs on.
    Platform,
    /// Who runs the process.
    User,
    /// `ENTRYPOINT`.
    Entrypoint,
    /// `CMD`.
    Command,
    /// `WORKDIR`.
    WorkingDirectory,
    /// `EXPOSE`, one by one.
    Port,
    /// `HEALTHCHECK`.
    HealthCheck,
    /// `STOPSIGNAL`.
    StopSignal,
    /// `SHELL`.
    Shell,
    /// `ONBUILD`.
    OnBuild,
    /// `VOLUME`, one by one.
    Volume,
    /// `ENV`, one by one.
    Variable,
    /// `LABEL`, one by one.
    Label,
    /// A user in `/etc/passwd`.
    Account,
    /// A group in `/etc/group`.
    Group,
}

impl Kind {
    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Platform => "platform",
            Kind::User => "user",
            Kind::Entrypoint => "entry point",
            Kind::Command => "command",
            Kind::WorkingDirectory => "working directory",
            Kind::Port => "port",
            Kind::HealthCheck => "health check",
            Kind::StopSignal => "stop signal",
            Kind::Shell => "shell",
            Kind::OnBuild => "on build",
            Kind::Volume => "volume",
            Kind::Variable => "variable",
            Kind::Label => "label",
            Kind::Account => "account",
            Kind::Group => "group",
        }
    }
}

/// One setting, by its kind, and its name where there may be several of the kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// The kind.
    pub kind: Kind,
    /// The name of a variable, label, account; the port or path; empty for what is there once.
    pub name: String,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.word())?;
        if self.name.is_empty() { Ok(()) } else { write!(f, " {}", self.name) }
    }
}

/// Everything that an image is set to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The settings that there are; what is not set is not there. The text is empty for what has only a name.
    pub all: BTreeMap<Setting, String>,
    /// What could not be read.
    pub unknown: Vec<String>,
    /// Whether the configuration, the accounts and the groups were read.
    read: [bool; 3],
}

impl Settings {
    /// The settings of an image with this configuration, and the accounts in its files.
    pub fn of(image: &Image, config: Option<&ImageConfig>, contents: &Contents) -> Settings {
        let mut settings = Settings::default();
        if let Some(platform) = &image.platform {
            settings.put(Kind::Platform, "", platform.to_string());
        }
        match config {
            Some(config) => {
                settings.read[0] = true;
                settings.configuration(config);
            }
            None => settings.unknown.push("its configuration could not be read".to_string()),
        }
        settings.accounts(contents);
        settings
    }

    /// One setting, if it is set.
    pub fn get(&self, kind: Kind) -> Option<&str> {
        self.all.get(&Setting { kind, name: String::new() }).map(String::as_str)
    }

    /// Whether all settings of a kind are known.
    pub fn knows(&self, kind: Kind) -> bool {
        match kind {
            Kind::Platform => true,
            Kind::Account => self.read[1],
            Kind::Group => self.read[2],
            _ => self.read[0],
        }
    }

    fn put(&mut self, kind: Kind, name: &str, text: String) {
        self.all.insert(Setting { kind, name: name.to_string() }, text);
    }

    fn configuration(&mut self, config: &ImageConfig) {
        self.put(Kind::User, "", config.user.as_ref().map_or_else(|| "root".to_string(), |user| user.value.clone()));
        let lists = [
            (Kind::Entrypoint, &config.entrypoint),
            (Kind::Command, &config.cmd),
            (Kind::Shell, &config.shell),
            (Kind::OnBuild, &config.on_build),
        ];
        for (kind, list) in lists {
            if let Some(list) = list {
                self.put(kind, "", words(list));
            }
        }
        for (kind, text) in [(Kind::WorkingDirectory, &config.workdir), (Kind::StopSignal, &config.stop_signal)] {
            if let Some(text) = text {
                self.put(kind, "", text.value.clone());
            }
        }
        if let Some(check) = &config.healthcheck {
            self.put(Kind::HealthCheck, "", health_check(&check.value));
        }
        config.exposed_ports.iter().for_each(|port| self.put(Kind::Port, &port.value, String::new()));
        config.volumes.iter().for_each(|volume| self.put(Kind::Volume, &volume.value, String::new()));
        for variable in &config.env {
            let value = variable.value.as_ref().map(|value| value.value.clone());
            self.put(Kind::Variable, &variable.name.value, value.unwrap_or_default());
        }
        config.labels.iter().for_each(|(name, value)| self.put(Kind::Label, &name.value, value.value.clone()));
    }

    fn accounts(&mut self, contents: &Contents) {
        for (at, path) in ACCOUNT_FILES.iter().enumerate() {
            let bytes = match contents.content(path) {
                Content::Bytes(bytes) => bytes,
                Content::Absent => &[],
                Content::Unknown(why) => {
                    self.unknown.push(why);
                    continue;
                }
            };
            self.read[at + 1] = true;
            let text = String::from_utf8_lossy(bytes);
            for line in text.lines().take(MOST_ACCOUNTS) {
                let fields: Vec<&str> = line.split(':').collect();
                match (at, fields.as_slice()) {
                    (0, [name, _, uid, gid, _, home, shell, ..]) => {
                        self.put(Kind::Account, name, format!("uid {uid}, gid {gid}, home {home}, shell {shell}"));
                    }
                    (1, [name, _, gid, "", ..]) => {
                        self.put(Kind::Group, name, format!("gid {gid}"));
                    }
                    (1, [name, _, gid, members, ..]) => {
                        self.put(Kind::Group, name, format!("gid {gid}, members {members}"));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// A list as JSON.
fn words(words: &Words) -> String {
    serde_json::Value::from_iter(words.value.iter().map(|word| word.value.clone())).to_string()
}

fn health_check(check: &Healthcheck) -> String {
    let mut parts: Vec<String> = check.test.iter().map(words).collect();
    let Timing { interval, timeout, start_period, start_interval, retries } = &check.timing;
    let times = [("every", interval), ("within", timeout), ("after", start_period), ("at first every", start_interval)];
    for (word, time) in times {
        parts.extend(time.as_ref().map(|time| format!("{word} {} s", time.value.as_secs_f32())));
    }
    parts.extend(retries.as_ref().map(|retries| format!("{} tries", retries.value)));
    parts.join(", ")
}
