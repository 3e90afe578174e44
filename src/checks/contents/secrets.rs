//! Secrets in files: those that are in the image, and those that only its layers hold.

use super::secret_content::secret_in;
use super::{Look, blame, shown};
use crate::container::Container;
use crate::finding::{Finding, Fix, Judgement};
use crate::image::Opened;
use crate::image::credential_file::Format;
use crate::image::layers::{Content, Contents, Entry, Fate, Kind};
use crate::rule::NoParameters;

pub(super) fn secret_in_image(
    container: &Container,
    opened: &Opened,
    contents: &Contents,
    _: &NoParameters,
) -> Judgement {
    let mut look = Look::default();
    for entry in contents.iter() {
        if let Some(what) = secret_of(contents, &entry, &mut look) {
            let path = shown(entry.path);
            let finding =
                Finding::new(container.key, format!("`{path}` holds {what}")).within(opened.place(&entry, false));
            let finding = blame(finding, container, entry.layer, "brought");
            look.find(finding.fix(Fix::words(format!(
                "keep `{path}` out of the image, mount it where the container runs, and replace the secret, as whoever has \
                 the image has it"
            ))));
        }
    }
    look.judgement(container, contents, "no file of the image holds credentials")
}

pub(super) fn secret_in_removed_file(
    container: &Container,
    opened: &Opened,
    contents: &Contents,
    _: &NoParameters,
) -> Judgement {
    let mut look = Look::default();
    for (entry, fate) in contents.in_all_layers() {
        let (by, gone) = match fate {
            Fate::Replaced { by } => (by, "replaced"),
            Fate::Deleted { by } => (by, "removed"),
            Fate::Stays | Fate::Unknown => continue,
        };
        if is_still_there(contents, &entry) {
            continue;
        }
        let Some(what) = secret_of(contents, &entry, &mut look) else { continue };
        let (path, layer) = (shown(entry.path), entry.layer + 1);
        let message = if by == entry.layer {
            format!("layer {layer} holds `{path}` twice, and the first of them has {what}")
        } else {
            format!("layer {layer} still holds `{path}` with {what}: layer {} only {gone} it", by + 1)
        };
        let finding = Finding::new(container.key, message).within(opened.place(&entry, true));
        let finding = blame(finding, container, entry.layer, "brought");
        let finding = if by == entry.layer { finding } else { blame(finding, container, by, gone) };
        look.find(finding.fix(Fix::words(format!(
            "never put `{path}` into a layer: give it to the RUN that needs it with `--mount=type=secret`, and replace the \
             secret"
        ))));
    }
    look.judgement(container, contents, "no layer holds credentials in a file that was removed later")
}

/// The secret in an entry, in words. What is not known of it is left open.
fn secret_of(contents: &Contents, entry: &Entry<'_>, look: &mut Look) -> Option<&'static str> {
    let format = Format::of(entry.path).filter(|_| matches!(entry.kind, Kind::File | Kind::HardLink))?;
    match contents.content_of(entry) {
        Content::Bytes(bytes) => secret_in(format, bytes),
        Content::Absent => None,
        Content::Unknown(why) => {
            look.leave_open(why);
            None
        }
    }
}

/// Whether the image has the same content under the same name: a later layer only changed the mode or the owner.
fn is_still_there(contents: &Contents, entry: &Entry<'_>) -> bool {
    let Content::Bytes(old) = contents.content_of(entry) else { return false };
    matches!(contents.content(entry.path), Content::Bytes(new) if new == old)
}
