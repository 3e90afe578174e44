//! Configuration facts: the few members of an image's configuration that reading the image needs.
//!
//! What a container would run is read from the same text elsewhere; here it is the platform and the list of layers. The
//! reading is lenient, as configurations of many ages are about: `null`, absent and empty are the same, keys may be
//! written in any case (the exact one wins), and a member of a wrong type is taken for absent.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::manifest::{CONFIG_LIMIT, not_json, shorten, too_long};
use super::platform::Platform;
use super::{Digest, ImageError};

/// What reading an image needs to know of its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The configuration as it is stored.
    pub text: Arc<str>,
    /// What it runs on, if it says so.
    pub platform: Option<Platform>,
    /// The digests of the unpacked layers, base first.
    pub diff_ids: Vec<Digest>,
}

/// Reads a configuration.
///
/// # Errors
/// If it is too long, not UTF-8, no JSON object, or lists digests that are none.
pub fn read(bytes: &[u8], name: &str) -> Result<Facts, ImageError> {
    if bytes.len() > CONFIG_LIMIT {
        return Err(too_long(name, CONFIG_LIMIT));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        ImageError::new(
            format!("{name} is not UTF-8 at byte {}", error.valid_up_to()),
            "check that it is the configuration of an image",
        )
    })?;
    let members: Members = serde_json::from_str(text).map_err(|error| not_json(name, &error))?;
    let diff_ids = members.diff_ids.into_iter().map(|id| {
        Digest::parse(&id).ok_or_else(|| {
            ImageError::new(
                format!("{name} lists `{}` in `rootfs.diff_ids`, which is no digest", shorten(&id)),
                "write the image again with the tool that made it",
            )
        })
    });
    let diff_ids = diff_ids.collect::<Result<Vec<_>, _>>()?;
    let word = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let platform = word(&members.os)
        .zip(word(&members.architecture))
        .map(|(os, architecture)| Platform::new(&os, &architecture, members.variant.as_deref()));
    Ok(Facts { text: Arc::from(text), platform, diff_ids })
}

/// The members that are looked at.
#[derive(Debug, Default)]
struct Members {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
    diff_ids: Vec<String>,
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration of an image")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let (mut os, mut architecture, mut variant) = (Member::default(), Member::default(), Member::default());
        let mut rootfs = Member::<Vec<String>>::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.to_ascii_lowercase().as_str() {
                "os" => os.put(key == "os", map.next_value::<Word>()?.0),
                "architecture" => architecture.put(key == "architecture", map.next_value::<Word>()?.0),
                "variant" => variant.put(key == "variant", map.next_value::<Word>()?.0),
                "rootfs" => rootfs.put(key == "rootfs", map.next_value::<DiffIds>()?.0),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Members {
            os: os.value,
            architecture: architecture.value,
            variant: variant.value,
            diff_ids: rootfs.value.unwrap_or_default(),
        })
    }
}

/// A value, and whether its key was written exactly as it should be.
#[derive(Debug)]
struct Member<T> {
    value: Option<T>,
    exact: bool,
}

impl<T> Default for Member<T> {
    fn default() -> Self {
        Member { value: None, exact: false }
    }
}

impl<T> Member<T> {
    fn put(&mut self, exact: bool, value: Option<T>) {
        if exact || !self.exact {
            *self = Member { value, exact };
        }
    }
}

/// Accepts every JSON value, keeps what one of another type stands for.
macro_rules! ignoring {
    ($($method:ident($type:ty)),+) => {
        $(fn $method<E>(self, _: $type) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        })+

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
}

/// A text; nothing for a value of another type.
#[derive(Debug, Default)]
struct Word(Option<String>);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
        deserializer.deserialize_any(WordVisitor)
    }
}

struct WordVisitor;

impl<'de> Visitor<'de> for WordVisitor {
    type Value = Word;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Word, E> {
        Ok(Word(Some(text.to_string())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Word, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Word(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Word, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Word(None))
    }

    ignoring!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64));
}

/// The `diff_ids` of a `rootfs`; a value that is no text stands as an empty one, which is no digest.
#[derive(Debug, Default)]
struct DiffIds(Option<Vec<String>>);

impl<'de> Deserialize<'de> for DiffIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DiffIds, D::Error> {
        deserializer.deserialize_any(RootfsVisitor)
    }
}

struct RootfsVisitor;

impl<'de> Visitor<'de> for RootfsVisitor {
    type Value = DiffIds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of layers")
    }

    fn visit_str<E>(self, _: &str) -> Result<DiffIds, E> {
        Ok(DiffIds(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<DiffIds, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(DiffIds(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DiffIds, A::Error> {
        let mut ids = Member::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.to_ascii_lowercase().as_str() {
                "diff_ids" => ids.put(key == "diff_ids", map.next_value::<Words>()?.0),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(DiffIds(ids.value))
    }

    ignoring!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64));
}

/// A list of texts; nothing for a value of another type.
#[derive(Debug, Default)]
struct Words(Option<Vec<String>>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Words, D::Error> {
        deserializer.deserialize_any(WordsVisitor)
    }
}

struct WordsVisitor;

impl<'de> Visitor<'de> for WordsVisitor {
    type Value = Words;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_str<E>(self, _: &str) -> Result<Words, E> {
        Ok(Words(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Words, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = items.next_element::<Word>()? {
            words.push(word.0.unwrap_or_default());
        }
        Ok(Words(Some(words)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Words, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Words(None))
    }

    ignoring!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> Facts {
        read(text.as_bytes(), "config").expect("a sample")
    }

    #[test]
    fn platform_and_layers_are_read() {
        let id = Digest::of(b"layer");
        let facts = facts(&format!(
            r#"{{"os":"linux","architecture":"arm64","variant":"v8","rootfs":{{"type":"layers","diff_ids":["{id}"]}}}}"#
        ));
        assert_eq!(facts.platform.expect("a sample").to_string(), "linux/arm64/v8");
        assert_eq!(facts.diff_ids, [id]);
    }

    #[test]
    fn null_absent_empty_and_wrong_types_are_nothing() {
        for text in [
            "{}",
            r#"{"os":null,"architecture":"","rootfs":null}"#,
            r#"{"os":7,"architecture":{"a":1},"variant":[1],"rootfs":[1,{}]}"#,
            r#"{"os":true,"architecture":-1.5,"rootfs":{"diff_ids":null}}"#,
            r#"{"rootfs":{"diff_ids":{"a":1}}}"#,
            r#"{"rootfs":{"diff_ids":"a"}}"#,
            r#"{"rootfs":"layers"}"#,
        ] {
            let facts = facts(text);
            assert_eq!((facts.platform, facts.diff_ids.len()), (None, 0), "{text}");
        }
    }

    #[test]
    fn the_exact_key_wins_over_one_of_another_case() {
        assert_eq!(facts(r#"{"OS":"a","Architecture":"b"}"#).platform.expect("a sample").to_string(), "a/b");
        assert_eq!(facts(r#"{"os":"x","OS":"a","architecture":"b"}"#).platform.expect("a sample").to_string(), "x/b");
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        for text in ["", "[]", "7", "{", r#"{"rootfs":{"diff_ids":["sha256:x"]}}"#, r#"{"rootfs":{"diff_ids":[1]}}"#] {
            assert!(read(text.as_bytes(), "config").is_err(), "{text}");
        }
        assert!(read(b"{\"os\":\"\xff\"}", "config").expect_err("a refusal").what.contains("UTF-8"));
        assert!(read(&vec![b' '; CONFIG_LIMIT + 1], "config").expect_err("a refusal").what.contains("8 MiB"));
        assert!(read("[".repeat(10_000).as_bytes(), "config").is_err());
        assert!(read(format!("{{\"a\":{}", "[".repeat(10_000)).as_bytes(), "config").is_err());
    }
}
