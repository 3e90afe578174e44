//! Platform: what an image runs on, and which of several images serves a platform that was asked for.
//!
//! Variants are compared the way containerd's `platforms` package does: no variant means `v7` for arm, `v8` for arm64
//! and `v1` for amd64, and a processor runs what is built for an older variant of its kind.

use std::fmt;

/// `linux/arm64/v8`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Platform {
    /// `linux`, `windows`.
    pub os: String,
    /// `amd64`, `arm64`.
    pub architecture: String,
    /// `v7`, `v8`.
    pub variant: Option<String>,
}

impl Platform {
    /// Reads `os/architecture[/variant]`; nothing if it is not of that form.
    pub fn parse(text: &str) -> Option<Platform> {
        let mut parts = text.split('/');
        let platform = Platform::new(parts.next()?, parts.next()?, parts.next());
        let word = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        (parts.next().is_none() && text.split('/').all(word)).then_some(platform)
    }

    /// A platform of parts as they are written; other names of an architecture (`x86_64`, `aarch64`, `armhf`) become the
    /// ones that images use.
    pub fn new(os: &str, architecture: &str, variant: Option<&str>) -> Platform {
        let variant = variant.filter(|variant| !variant.is_empty());
        let architecture = architecture.to_ascii_lowercase();
        let (architecture, variant) = match architecture.as_str() {
            "x86_64" | "x86-64" => ("amd64", variant),
            "aarch64" => ("arm64", variant),
            "armhf" => ("arm", variant.or(Some("v7"))),
            "armel" => ("arm", variant.or(Some("v6"))),
            "i386" => ("386", variant),
            same => (same, variant),
        };
        let os = match os.to_ascii_lowercase().as_str() {
            "macos" => "darwin".to_string(),
            same => same.to_string(),
        };
        Platform { os, architecture: architecture.to_string(), variant: variant.map(str::to_ascii_lowercase) }
    }

    /// How well an image for `offered` serves this platform: 0 is best, nothing if it does not run there.
    pub fn distance(&self, offered: &Platform) -> Option<u32> {
        if self.os != offered.os || self.architecture != offered.architecture {
            return None;
        }
        let normal = |platform: &Platform| platform.variant.clone().or_else(|| platform.default_variant());
        match (normal(self), normal(offered)) {
            (None, _) => Some(0),
            (Some(wanted), offered) if offered.as_ref() == Some(&wanted) => Some(0),
            (Some(wanted), Some(offered)) => version(&wanted)?.checked_sub(version(&offered)?),
            (Some(_), None) => None,
        }
    }

    fn default_variant(&self) -> Option<String> {
        match self.architecture.as_str() {
            "arm" => Some("v7".to_string()),
            "arm64" => Some("v8".to_string()),
            "amd64" => Some("v1".to_string()),
            _ => None,
        }
    }
}

/// `v8.1` as 801.
fn version(variant: &str) -> Option<u32> {
    let digits = variant.strip_prefix('v')?;
    let (major, minor) = digits.split_once('.').unwrap_or((digits, "0"));
    let (major, minor): (u32, u32) = (major.parse().ok()?, minor.parse().ok()?);
    (major < 1000 && minor < 100).then_some(major * 100 + minor)
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.as_ref().map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(wanted: &str, offered: &str) -> Option<u32> {
        Platform::parse(wanted).expect("a sample").distance(&Platform::parse(offered).expect("a sample"))
    }

    #[test]
    fn a_platform_has_two_or_three_parts() {
        assert_eq!(Platform::parse("linux/arm64/v8").expect("a sample").to_string(), "linux/arm64/v8");
        assert_eq!(Platform::parse("Linux/x86_64").expect("a sample").to_string(), "linux/amd64");
        assert_eq!(Platform::parse("linux/armhf").expect("a sample").to_string(), "linux/arm/v7");
        for wrong in ["", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux/a b", "linux/arm/"] {
            assert_eq!(Platform::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_missing_variant_is_the_usual_one_of_its_architecture() {
        assert_eq!(distance("linux/arm64", "linux/arm64/v8"), Some(0));
        assert_eq!(distance("linux/arm64/v8", "linux/arm64"), Some(0));
        assert_eq!(distance("linux/amd64", "linux/amd64/v1"), Some(0));
        assert_eq!(distance("linux/arm", "linux/arm/v7"), Some(0));
    }

    #[test]
    fn an_older_variant_serves_and_a_newer_one_does_not() {
        assert!(distance("linux/arm", "linux/arm/v6") < distance("linux/arm", "linux/arm/v5"));
        assert_eq!(distance("linux/arm/v6", "linux/arm/v7"), None);
        assert_eq!(distance("linux/amd64", "linux/amd64/v3"), None);
        assert_eq!(distance("linux/amd64/v3", "linux/amd64"), Some(200));
    }

    #[test]
    fn another_system_or_architecture_does_not_serve() {
        assert_eq!(distance("linux/amd64", "windows/amd64"), None);
        assert_eq!(distance("linux/arm64", "linux/arm/v8"), None);
        assert_eq!(distance("linux/riscv64", "linux/riscv64"), Some(0));
        assert_eq!(distance("linux/mips/a", "linux/mips"), None);
    }
}
