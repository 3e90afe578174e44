//! Tags of official images: which variant of an image a tag means.
//!
//! A tag is a list of parts between dashes: versions, release names, and words for the variant such as `alpine` or
//! `slim`. A word of unknown meaning leaves the variant open.

use crate::container::runtime::Version;

/// Whether a tag belongs to a row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It does not.
    No,
    /// It may: something in the tag is of unknown meaning.
    Maybe,
    /// It does.
    Yes,
}

/// A tag, taken apart.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    parts: Vec<&'a str>,
    version: Option<Version>,
    /// A part's meaning is not known, so the tag may mean any variant.
    open: bool,
}

/// Names of Ubuntu releases and the versions they stand for.
const UBUNTU: [(&str, &str); 14] = [
    ("trusty", "14.04"),
    ("xenial", "16.04"),
    ("bionic", "18.04"),
    ("focal", "20.04"),
    ("impish", "21.10"),
    ("jammy", "22.04"),
    ("kinetic", "22.10"),
    ("lunar", "23.04"),
    ("mantic", "23.10"),
    ("noble", "24.04"),
    ("oracular", "24.10"),
    ("plucky", "25.04"),
    ("questing", "25.10"),
    ("resolute", "26.04"),
];

/// Parts that tell nothing about the variant: channels, release names, architectures.
const ORDINARY: &[&str] = &[
    "amd64",
    "arm",
    "arm64",
    "arm64v8",
    "argon",
    "backports",
    "bookworm",
    "boron",
    "bullseye",
    "buster",
    "carbon",
    "current",
    "devel",
    "dubnium",
    "edge",
    "erbium",
    "fermium",
    "forky",
    "gallium",
    "hydrogen",
    "iron",
    "jessie",
    "jod",
    "krypton",
    "latest",
    "lts",
    "mainline",
    "oldoldstable",
    "oldstable",
    "otel",
    "perl",
    "ppc64le",
    "rolling",
    "s390x",
    "sid",
    "stable",
    "stretch",
    "temurin",
    "testing",
    "trixie",
    "unstable",
];

/// Parts that change what is in the image. The words of the table are among them.
pub(super) const VARIANTS: &[&str] = &[
    "al",
    "alpine",
    "amazonlinux",
    "apache",
    "azurelinux",
    "busybox",
    "centos",
    "chiseled",
    "cli",
    "community",
    "curl",
    "debian",
    "debug",
    "dev",
    "developer",
    "dind",
    "distroless",
    "enterprise",
    "extra",
    "fedora",
    "fpm",
    "glibc",
    "graalpy",
    "ibmjava",
    "jdk",
    "jre",
    "linux",
    "ltsc",
    "management",
    "mariner",
    "minimal",
    "musl",
    "nanoserver",
    "nonroot",
    "onbuild",
    "oracle",
    "oraclelinux",
    "rhel",
    "rocky",
    "rockylinux",
    "rootless",
    "scm",
    "scratch",
    "slim",
    "standalone",
    "static",
    "ubi",
    "ubuntu",
    "uclibc",
    "unprivileged",
    "windowsservercore",
    "wolfi",
    "zts",
];

impl<'a> Tag<'a> {
    /// Takes a tag apart.
    pub(super) fn parse(tag: &'a str) -> Tag<'a> {
        let parts: Vec<&str> = tag.split('-').collect();
        // A number before the release's name is the image's own version, one after it a date.
        let first = parts.first().copied().unwrap_or_default();
        let version = match UBUNTU.iter().find(|(name, _)| *name == first) {
            Some((_, version)) => Some(*version),
            None => parts.iter().copied().find(|part| is_version(part)),
        };
        let open = parts.iter().any(|part| !is_ordinary(part) && !is_variant(part));
        Tag { version: version.and_then(Version::parse), parts, open }
    }

    /// Whether the tag has what a row asks for; all its words have to fit.
    pub(super) fn fits(&self, words: &str) -> Fit {
        words.split(' ').map(|word| self.fits_any(word)).min().unwrap_or(Fit::No)
    }

    /// Whether there is nothing but variants and releases of Debian and Ubuntu.
    pub(super) fn is_variant_only(&self) -> bool {
        let debian = ["stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "sid"];
        let is_release = |part: &str| debian.contains(&part) || UBUNTU.iter().any(|(name, _)| *name == part);
        self.parts.iter().all(|part| is_variant(part) || is_release(part))
    }

    /// Whether a part's meaning is not known.
    #[cfg(test)]
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    fn fits_any(&self, alternatives: &str) -> Fit {
        alternatives.split('|').map(|word| self.fits_word(word)).max().unwrap_or(Fit::No)
    }

    fn fits_word(&self, word: &str) -> Fit {
        if let Some(bound) = word.strip_prefix(">=") {
            return self.is_at_least(bound);
        }
        match word {
            "other" => Fit::Yes,
            "*" if self.parts.iter().any(|part| is_variant(part) && !is_distroless_release(part)) => Fit::No,
            "*" if self.open => Fit::Maybe,
            "*" => Fit::Yes,
            _ if self.parts.iter().any(|part| is_numbered(part, word)) => Fit::Yes,
            _ if self.open => Fit::Maybe,
            _ => Fit::No,
        }
    }

    /// A tag without a version is a moving one and means the newest.
    fn is_at_least(&self, bound: &str) -> Fit {
        let Some(bound) = Version::parse(bound) else { return Fit::No };
        match self.version.as_ref().map(|version| version.at_least(&bound)) {
            None | Some(Some(true)) => Fit::Yes,
            Some(None) => Fit::Maybe,
            Some(Some(false)) => Fit::No,
        }
    }
}

/// `alpine` and `alpine3.20` for `alpine`.
fn is_numbered(part: &str, word: &str) -> bool {
    part.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').unwrap_or(part).starts_with(|c: char| c.is_ascii_digit())
}

fn is_ordinary(part: &str) -> bool {
    let prerelease = ["rc", "beta", "alpha", "ea"].iter().any(|word| is_numbered(part, word));
    is_version(part) || prerelease || ORDINARY.contains(&part) || UBUNTU.iter().any(|(name, _)| *name == part)
}

fn is_variant(part: &str) -> bool {
    VARIANTS.iter().any(|word| is_numbered(part, word))
}

/// The Debian release that a distroless repository has in its name is not a variant.
fn is_distroless_release(part: &str) -> bool {
    matches!(part, "debian10" | "debian11" | "debian12" | "debian13" | "debian14")
}
