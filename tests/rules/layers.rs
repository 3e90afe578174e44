//! Images of a few lines: the `layers` examples of pages, made into tars in memory and judged as an image that was given.
//!
//! `layer TEXT` begins a layer that the instruction TEXT made. The other lines are its entries: `MODE PATH`, with
//! `UID:GID` between them if it is not root's, and behind them ` = CONTENT` (`\n` ends a line), ` -> TARGET`, ` size N` or
//! ` cap NUMBER`. A path alone is a file of mode 0644, or a folder if it ends with `/`. `delete PATH` removes, and
//! `unread` says that the layer cannot be read. `config JSON` sets the configuration.

use std::io::{Cursor, Read};
use std::sync::Arc;

use plimsoll::container::image_config;
use plimsoll::container::process::ScriptContents;
use plimsoll::finding::{Finding, Judgement};
use plimsoll::image::layers::{Limits, read_all};
use plimsoll::image::{Blobs, Digest, Image, ImageError, Layer, Opened, wanted};
use plimsoll::page::Example;
use plimsoll::rule::Subject;
use plimsoll::source::{SourceId, Span, Spanned};

use crate::{Found, Verdicts};

/// One line that is an entry.
struct Line<'l> {
    number: u64,
    path: &'l str,
}

/// One layer.
#[derive(Default)]
struct Listed<'l> {
    made_by: &'l str,
    lines: Vec<Line<'l>>,
    tar: Vec<u8>,
    unread: bool,
}

/// The image that a listing describes.
struct Listing<'l> {
    config: &'l str,
    layers: Vec<Listed<'l>>,
}

impl<'l> Listing<'l> {
    fn read(text: &'l str) -> Listing<'l> {
        let mut listing = Listing { config: "{}", layers: Vec::new() };
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            if let Some(config) = line.strip_prefix("config ") {
                listing.config = config;
            } else if let Some(made_by) = line.strip_prefix("layer ") {
                listing.layers.push(Listed { made_by, ..Listed::default() });
            } else {
                let layer = listing.layers.last_mut().expect("`layer` comes first");
                if line == "unread" {
                    layer.unread = true;
                } else {
                    layer.entry(number, line);
                }
            }
        }
        listing
    }
}

impl<'l> Listed<'l> {
    fn entry(&mut self, number: u64, line: &'l str) {
        if let Some(path) = line.strip_prefix("delete ") {
            let (folder, name) = path.rsplit_once('/').expect("a path begins with `/`");
            return self.add(tar::EntryType::Regular, &format!("{folder}/.wh.{name}"), 0o644, (0, 0), b"", "");
        }
        let (front, content) = line.split_once(" = ").map_or((line, ""), |(front, content)| (front, content));
        let content = content.replace("\\n", "\n");
        let (front, target) = front.split_once(" -> ").unwrap_or((front, ""));
        let (front, capability) = front.split_once(" cap ").unwrap_or((front, ""));
        let (front, size) = front.split_once(" size ").unwrap_or((front, "0"));
        let mut words: Vec<&str> = front.split(' ').collect();
        let path = words.pop().expect("a path");
        self.lines.push(Line { number, path: path.trim_end_matches('/') });
        let mode = words.first().map(|mode| mode_of(mode));
        let owner = words.get(1).and_then(|owner| owner.split_once(':')).unwrap_or(("0", "0"));
        let owner = (owner.0.parse().expect("a uid"), owner.1.parse().expect("a gid"));
        let folder = path.ends_with('/');
        let mode = mode.unwrap_or(if folder { 0o755 } else { 0o644 });
        if !capability.is_empty() {
            self.capability(capability.parse().expect("the number of a capability"));
        }
        let kind = match (folder, target.is_empty()) {
            (true, _) => tar::EntryType::Directory,
            (_, false) => tar::EntryType::Symlink,
            _ => tar::EntryType::Regular,
        };
        let filler = vec![b'x'; size.parse().expect("bytes")];
        let content = if content.is_empty() { filler } else { content.into_bytes() };
        self.add(kind, path, mode, owner, &content, target);
    }

    /// An extended header with `security.capability` for the entry behind it.
    fn capability(&mut self, number: u32) {
        let mut value = vec![1u8, 0, 0, 2];
        value.extend((1u64 << number).to_le_bytes()[..4].iter().chain(&[0; 4]));
        value.extend((1u64 << number).to_le_bytes()[4..].iter().chain(&[0; 4]));
        let key = " SCHILY.xattr.security.capability=";
        let length = key.len() + value.len() + 3;
        let record = [length.to_string().as_bytes(), key.as_bytes(), &value, b"\n"].concat();
        assert_eq!(record.len(), length);
        self.add(tar::EntryType::XHeader, "pax", 0o644, (0, 0), &record, "");
    }

    fn add(&mut self, kind: tar::EntryType, path: &str, mode: u32, owner: (u64, u64), content: &[u8], target: &str) {
        let mut header = tar::Header::new_ustar();
        header.set_path(path.trim_start_matches('/')).expect("a short path");
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(owner.0);
        header.set_gid(owner.1);
        header.set_size(content.len() as u64);
        if !target.is_empty() {
            header.set_link_name(target).expect("a short path");
        }
        header.set_cksum();
        self.tar.extend(header.as_bytes());
        self.tar.extend(content);
        self.tar.resize(self.tar.len().next_multiple_of(512), 0);
    }
}

/// The bits of `-rwsr-xr-x`.
fn mode_of(text: &str) -> u32 {
    assert_eq!(text.len(), 10, "`{text}` is no mode");
    let bits = text[1..].bytes().enumerate();
    bits.fold(0, |mode, (at, byte)| {
        let special = [0o4000, 0o2000, 0o1000][at / 3];
        mode | match byte {
            b'-' => 0,
            b's' | b't' => special | 1 << (8 - at),
            b'S' | b'T' => special,
            _ => 1 << (8 - at),
        }
    })
}

/// The image of a listing, as a scan opens it.
fn opened(listing: &Listing) -> Opened {
    let tars: Vec<Vec<u8>> = listing.layers.iter().map(|layer| [&layer.tar[..], &[0; 1024]].concat()).collect();
    let missing = |layer: &Listed| layer.unread.then(|| "the layer is not there".to_string());
    let layers =
        listing.layers.iter().map(|layer| Layer { digest: None, diff_id: None, size: None, missing: missing(layer) });
    let open = move |index: usize| -> Result<Box<dyn Read + Send>, ImageError> {
        Ok(Box::new(Cursor::new(tars[index].clone())))
    };
    let image = Image {
        label: Arc::from("oci:app:1.0"),
        names: vec!["app:1.0".to_string()],
        platform: None,
        manifest: None,
        id: Digest::of(b"{}"),
        config: Arc::from(listing.config),
        oci: false,
        annotations: Default::default(),
        layers: layers.collect(),
        blobs: Blobs::Apart(Arc::new(open)),
    };
    let empty = vec![false; listing.layers.len()];
    let contents = read_all(&image, &wanted::keep(), &Limits::default(), &empty);
    Opened::new(image, Some(contents), None)
}

/// The line of the entry that a finding speaks of; the first line if it speaks of none.
fn line_of(finding: &Finding, listing: &Listing) -> u64 {
    let Some(entry) = finding.entry.as_ref().map(|entry| &entry.entry) else { return 1 };
    let layer = entry.layer.map(|layer| layer - 1);
    let path = entry.path.as_deref().unwrap_or_default();
    let layers = listing.layers.iter().enumerate().filter(|(index, _)| layer.is_none_or(|layer| layer == *index));
    let mut lines = layers.flat_map(|(_, layer)| &layer.lines).filter(|line| line.path == path);
    lines.next_back().unwrap_or_else(|| panic!("no line has {path} of layer {layer:?}")).number
}

/// What a rule says of the image of an example.
pub fn run(rule: &str, example: &Example) -> Verdicts {
    let listing = Listing::read(&example.text);
    let config = format!(r#"{{"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {{}}}}"#, listing.config);
    let loaded = plimsoll::subject::image::read(SourceId(0), &config);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let mut state = image_config::state(&loaded.images[0], Some(Arc::new(opened(&listing))));
    let made_by = |layer: &Listed| Some(Spanned::new(layer.made_by.to_string(), Span::new(SourceId(0), 0..1)));
    state.made_by = listing.layers.iter().map(made_by).collect();
    let files = image_config::Files { scripts: &|_| ScriptContents::Unknown, package_scripts: Default::default() };
    let container = image_config::container(&loaded.images[0], "image.json", Arc::new(state), files);
    let policy = crate::policy_of(rule, example);
    let check = &policy[0].controls[0].bindings[0].check;
    let judgement = check.judge(&Subject::Container { container: &container, project: None });
    let mut verdicts = Verdicts::default();
    let (verdict, grounds) = match judgement {
        Judgement::Violated { findings, unknown } => {
            verdicts.findings.extend(findings.iter().map(|finding| found(rule, finding, line_of(finding, &listing))));
            ("violated", unknown)
        }
        Judgement::Inconclusive(notes) => ("inconclusive", notes),
        Judgement::Met(notes) => ("met", notes),
        Judgement::NotApplicable(_) => ("not-applicable", Vec::new()),
    };
    verdicts.verdicts.push(verdict.to_string());
    verdicts.grounds.extend(grounds.into_iter().map(|note| note.message));
    verdicts
}

fn found(rule: &str, finding: &Finding, line: u64) -> Found {
    let fix = finding.fix.as_ref();
    Found {
        rule: rule.to_string(),
        path: crate::LISTING.to_string(),
        line,
        message: finding.message.clone(),
        fix: fix.map(|fix| fix.title.clone()).unwrap_or_default(),
        mendable: fix.is_some_and(|fix| !fix.edits.is_empty()),
    }
}
