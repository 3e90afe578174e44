//! Inside: an image with its configuration and all its layers read, to be shown or compared.

use super::layers::{Contents, Fate, Keep, Limits, read_all};
use super::settings::{self, Settings};
use super::{Image, ImageError};
use crate::problem::Gravity;
use crate::source::SourceId;
use crate::subject::image::{self as subject, Step};

/// Bytes of the files of accounts that are looked at.
const ACCOUNTS: u64 = 256 << 10;

/// An image, read in full.
#[derive(Debug)]
pub struct Inside {
    /// The image.
    pub image: Image,
    /// What lies in its layers, with sums of all files.
    pub contents: Contents,
    /// What it is set to.
    pub settings: Settings,
    /// The instructions that made it, oldest first, as the image remembers them.
    pub history: Vec<Step>,
    /// What could not be read.
    pub problems: Vec<ImageError>,
}

/// Bytes of an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weight {
    /// Of the tars of all layers; of an image with a layer that could not be read, those of the others.
    pub unpacked: u64,
    /// Of the layers as they are stored, if that is known of each.
    pub stored: Option<u64>,
    /// Of the files that a container sees; of several names of one file, one counts.
    pub files: u64,
    /// How many files that are.
    pub number: u64,
    /// Of files that a later layer replaced or deleted: stored, and seen by nobody.
    pub buried: u64,
    /// Whether all layers were read, and the numbers above are all there is.
    pub whole: bool,
}

impl Inside {
    /// Reads the configuration and the layers of an image.
    pub fn read(image: Image) -> Inside {
        let loaded = subject::read(SourceId(0), &image.config);
        let help = "what it is set to is not known in full; write the image again with the tool that made it";
        let wrong = |what: &str| ImageError::new(format!("its configuration: {what}"), help);
        let mut problems: Vec<ImageError> = loaded.problems.iter().map(|problem| wrong(&problem.what)).collect();
        let config = loaded.images.into_iter().next();
        let history = config.as_ref().map(|config| config.history.clone()).unwrap_or_default();
        let empty: Vec<bool> = history.iter().map(|step| step.empty_layer).collect();
        let accounts = |path: &str| settings::ACCOUNT_FILES.contains(&path);
        let keep = Keep::new(ACCOUNTS, move |file| accounts(file.path)).with_sums();
        let contents = read_all(&image, &keep, &Limits::default(), &empty);
        problems.extend(contents.problems().iter().cloned());
        let mut settings = Settings::of(&image, config.as_ref(), &contents);
        let lost = loaded.problems.iter().filter(|problem| problem.gravity > Gravity::Note);
        settings.unknown.extend(lost.map(|problem| wrong(&problem.what).what));
        Inside { image, contents, settings, history, problems }
    }

    /// What it weighs.
    pub fn weight(&self) -> Weight {
        let layers = self.contents.layers();
        let (mut files, mut number) = (0, 0);
        for entry in self.contents.iter().filter(|entry| entry.is_file() && entry.hard_link.is_none()) {
            (files, number) = (entry.size.saturating_add(files), number + 1);
        }
        let gone = |fate: Fate| matches!(fate, Fate::Replaced { .. } | Fate::Deleted { .. });
        let buried = self
            .contents
            .in_all_layers()
            .filter(|(entry, fate)| entry.is_file() && entry.hard_link.is_none() && gone(*fate));
        Weight {
            unpacked: layers.iter().filter_map(|layer| layer.unpacked).fold(0, u64::saturating_add),
            stored: layers.iter().map(|layer| layer.stored).try_fold(0u64, |sum, stored| sum.checked_add(stored?)),
            files,
            number,
            buried: buried.map(|(entry, _)| entry.size).fold(0, u64::saturating_add),
            whole: layers.iter().all(|layer| layer.unread.is_none() && layer.unpacked.is_some()),
        }
    }

    /// The instruction that made a layer, as it was written, as far as that is known.
    pub fn instruction(&self, layer: usize) -> Option<String> {
        let step = self.history.get(self.contents.layers().get(layer)?.history?)?;
        instruction(&step.created_by.as_ref()?.value)
    }

    /// Why there may be more in it, or less, than is known.
    pub fn unknown(&self) -> Vec<String> {
        let unread = self.contents.layers().iter().filter_map(|layer| layer.unread.clone());
        let mut unknown: Vec<String> = unread.chain(self.contents.unknown()).collect();
        unknown.extend(self.settings.unknown.iter().cloned());
        unknown.dedup();
        unknown
    }
}

/// The instruction in what the history says of a step. Build arguments, which stand there with their values, are left
/// out.
fn instruction(created_by: &str) -> Option<String> {
    let text = created_by.trim();
    let text = text.strip_suffix("# buildkit").unwrap_or(text).trim();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shell = ["/bin/sh -c ", "/bin/bash -c ", "/bin/ash -c "];
    let bare = text.strip_prefix("RUN ").unwrap_or(text);
    let arguments = bare.strip_prefix('|').filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    let command = match arguments {
        Some(rest) => match shell.iter().find_map(|shell| Some(rest.find(shell)? + shell.len())) {
            Some(at) => Some(&rest[at..]),
            None => return Some("RUN".to_string()),
        },
        None => shell.iter().find_map(|shell| bare.strip_prefix(shell)),
    };
    let text = match command {
        Some(command) => match command.strip_prefix("#(nop)") {
            Some(instruction) => words(instruction),
            None => format!("RUN {}", words(command)),
        },
        None => words(text),
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::instruction;

    #[test]
    fn the_instruction_is_what_was_written() {
        for (said, expected) in [
            ("/bin/sh -c #(nop)  CMD [\"node\"]", "CMD [\"node\"]"),
            ("/bin/sh -c apk add   curl", "RUN apk add curl"),
            ("RUN /bin/sh -c npm ci # buildkit", "RUN npm ci"),
            ("COPY . . # buildkit", "COPY . ."),
            ("RUN |2 TOKEN=x A=b c /bin/sh -c npm ci # buildkit", "RUN npm ci"),
            ("|1 TOKEN=x /bin/sh -c npm ci", "RUN npm ci"),
            ("RUN |1 TOKEN=x npm ci # buildkit", "RUN"),
        ] {
            assert_eq!(instruction(said).as_deref(), Some(expected), "{said}");
        }
        assert_eq!(instruction("  "), None);
    }
}
