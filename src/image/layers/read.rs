//! Reading: one layer from its stored bytes to its files.

use std::io::{self, BufRead, BufReader, Read};

use sha2::{Digest as _, Sha256};

use super::files::{Extra, PLAIN, Record, Role, Stored, Sum, Text};
use super::limits::Budget;
use super::name::{self, Name};
use super::tar::{Flag, Head, Walk};
use super::unpack::{Bounded, Checked, Limit, Unpacked, buffered};
use super::{Candidate, Keep, Kind, LayerFiles, Limits};
use crate::image::digest::Digest;
use crate::image::{ImageError, Layer};

/// Problems of single entries that are told of one layer.
const TOLD: usize = 20;

/// Bytes of a file that [`Keep`] is shown.
const START: u64 = 64;

/// Reads one layer.
///
/// # Errors
/// When nothing of it can be relied on: it cannot be read or unpacked, it is no tar, or it is not what its digests say.
/// A limit that is met is no error: the files up to there come with [`LayerFiles::stopped`].
pub fn read_layer(
    stored: &mut dyn Read,
    layer: &Layer,
    keep: &Keep<'_>,
    limits: &Limits,
) -> Result<LayerFiles, ImageError> {
    read_within(stored, layer, keep, &Budget::new(limits))
}

/// Reads one layer of an image that has cost something already.
pub(super) fn read_within(
    stored: &mut dyn Read,
    layer: &Layer,
    keep: &Keep<'_>,
    budget: &Budget<'_>,
) -> Result<LayerFiles, ImageError> {
    let mut reading = Reading { files: LayerFiles::default(), keep, budget, refused: 0 };
    let read = reading.all(stored, layer);
    let mut files = reading.finish();
    match read {
        Ok(()) => Ok(files),
        Err(Failure::Limit(what)) => {
            files.stopped = Some(ImageError::new(what, "what is behind it is not examined; make the image smaller"));
            Ok(files)
        }
        Err(Failure::Broken(error)) => {
            let what = match error.kind() {
                io::ErrorKind::UnexpectedEof => "it ends in the middle".to_string(),
                _ => error.to_string(),
            };
            Err(ImageError::new(format!("it cannot be read: {what}"), "build, save or pull the image again"))
        }
        Err(Failure::Wrong(what)) => Err(ImageError::new(what, "the image was damaged or changed; get it again")),
    }
}

enum Failure {
    Limit(String),
    Broken(io::Error),
    Wrong(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        let limit = error.get_ref().and_then(|inner| inner.downcast_ref::<Limit>()).map(|limit| limit.0.clone());
        limit.map_or(Failure::Broken(error), Failure::Limit)
    }
}

struct Reading<'r> {
    files: LayerFiles,
    keep: &'r Keep<'r>,
    budget: &'r Budget<'r>,
    refused: usize,
}

impl Reading<'_> {
    /// Unpacks the layer, walks its tar to the end, reads what is behind it, and compares digests.
    fn all(&mut self, stored: &mut dyn Read, layer: &Layer) -> Result<(), Failure> {
        let limits = self.budget.limits;
        let mut source = Checked::new(stored, layer.digest.as_ref());
        let unpacked = Bounded::new(Unpacked::new(&mut source, limits.window)?, self.budget);
        let checked: BufReader<_> = buffered(Checked::new(unpacked, layer.diff_id.as_ref()));
        let mut walk = Walk::new(checked, limits.extension);
        while let Some(head) = walk.next()? {
            self.entry(&head, &mut walk)?;
        }
        let (diff_id, bytes) = walk.input.into_inner().finish()?;
        let (digest, size) = source.finish()?;
        self.files.unpacked = bytes;
        self.files.stored = size;
        if let Some(said) = layer.size.filter(|said| *said != size) {
            return Err(Failure::Wrong(format!("it has {size} bytes, and {said} are said of it")));
        }
        same(digest, layer.digest.as_ref(), "its bytes have")?;
        same(diff_id, layer.diff_id.as_ref(), "unpacked, it has")
    }

    /// The records, with a problem that sums up those that were not told.
    fn finish(mut self) -> LayerFiles {
        if let Some(more) = self.refused.checked_sub(TOLD).filter(|more| *more > 0) {
            self.files.problems.push(format!("{more} more entries were refused"));
        }
        self.files.names.shrink_to_fit();
        self.files.records.shrink_to_fit();
        self.files.sums.shrink_to_fit();
        self.files
    }

    fn entry<R: BufRead>(&mut self, head: &Head, walk: &mut Walk<R>) -> Result<(), Failure> {
        let path = match name::read(&head.path, self.budget.limits) {
            Name::Ignored => return Ok(()),
            Name::Root if head.flag == Flag::Dir => return Ok(()),
            Name::Root => return self.refuse("a root that is no folder", "", &head.path),
            Name::Whiteout(path) => return self.mark(Role::Whiteout, &path),
            Name::Opaque(path) => return self.mark(Role::Opaque, &path),
            Name::Refused(why, path) => return self.refuse(why, &path, &head.path),
            Name::Path(path) => path,
        };
        let (kind, link) = match head.flag {
            Flag::File => (Kind::File, String::new()),
            Flag::Dir => (Kind::Dir, String::new()),
            Flag::Device => (Kind::Device, String::new()),
            Flag::Fifo => (Kind::Fifo, String::new()),
            Flag::Symlink if head.link.len() > self.budget.limits.path || head.link.contains(&0) => {
                return self.refuse("a link whose target is no path", &path, &head.path);
            }
            Flag::Symlink => (Kind::Symlink, name::text(&head.link).into_owned()),
            Flag::HardLink => match name::clean(&head.link, self.budget.limits) {
                Ok(target) => (Kind::HardLink, target),
                Err((why, _)) => return self.refuse(&format!("a hard link to {why}"), &path, &head.path),
            },
            Flag::Other(flag) => {
                let why = format!("an entry of the unknown type {:?}", char::from(flag));
                return self.refuse(&why, &path, &head.path);
            }
        };
        let extra = self.extra(kind, head, &path, walk)?;
        let size = if kind == Kind::File { head.size } else { 0 };
        let Head { mode, uid, gid, .. } = *head;
        let (path, link) = (self.text(&path)?, self.text(&link)?);
        self.push(Record { path, link, size, uid, gid, extra, mode, role: Role::Entry(kind) })
    }

    /// Keeps the content of a file if it is wanted, and its capabilities; the index of both.
    fn extra<R: BufRead>(&mut self, kind: Kind, head: &Head, path: &str, walk: &mut Walk<R>) -> Result<u32, Failure> {
        let content = if kind == Kind::File { self.content(head, path, walk)? } else { Stored::NotWanted };
        if content == Stored::NotWanted && head.capability.is_none() {
            return Ok(PLAIN);
        }
        self.files.extras.push(Extra { content, capability: head.capability });
        Ok(self.files.extras.len() as u32 - 1)
    }

    fn content<R: BufRead>(&mut self, head: &Head, path: &str, walk: &mut Walk<R>) -> Result<Stored, Failure> {
        let mut bytes = Vec::new();
        if !head.sparse {
            walk.read(&mut bytes, head.size.min(START))?;
        }
        let mut hash = (self.keep.sums && !head.sparse && head.size > 0).then(|| Sha256::new_with_prefix(&bytes));
        let candidate = Candidate { path, mode: head.mode, size: head.size, start: &bytes };
        let start = bytes.len();
        let stored = if head.size == 0 || !self.keep.wants(&candidate) {
            Stored::NotWanted
        } else if head.sparse {
            Stored::Sparse
        } else if !self.keep.fits(head.size) {
            Stored::TooBig
        } else if !self.budget.content(head.size) {
            Stored::TooMuch
        } else {
            walk.read(&mut bytes, head.size)?;
            if let Some(hash) = &mut hash {
                hash.update(&bytes[start..]);
            }
            Stored::Kept(bytes.into_boxed_slice())
        };
        if let Some(mut hash) = hash {
            walk.rest(|bytes| hash.update(bytes))?;
            let (mut sum, whole) = (Sum::default(), hash.finalize());
            sum.copy_from_slice(&whole[..size_of::<Sum>()]);
            self.files.sums.push((self.files.records.len() as u32, sum));
        }
        Ok(stored)
    }

    /// Notes that something was refused; what it may have meant is in doubt.
    fn refuse(&mut self, why: &str, doubt: &str, written: &[u8]) -> Result<(), Failure> {
        if self.refused < TOLD {
            let written: String = name::text(written).chars().take(200).collect();
            self.files.problems.push(format!("`{}` is refused: {why}", written.escape_debug()));
        }
        self.refused += 1;
        self.mark(Role::Refused, doubt)
    }

    fn mark(&mut self, role: Role, path: &str) -> Result<(), Failure> {
        let (path, link) = (self.text(path)?, self.text("")?);
        self.push(Record { path, link, size: 0, uid: 0, gid: 0, extra: PLAIN, mode: 0, role })
    }

    fn text(&mut self, text: &str) -> Result<Text, Failure> {
        if !self.budget.name(text.len() as u64) {
            let limit = self.budget.limits.names;
            return Err(Failure::Limit(format!("the names of all files of the image are more than {limit} bytes")));
        }
        Ok(self.files.text(text))
    }

    fn push(&mut self, record: Record) -> Result<(), Failure> {
        if !self.budget.entry() {
            let limit = self.budget.limits.entries;
            return Err(Failure::Limit(format!("the image has more than {limit} files")));
        }
        self.files.records.push(record);
        Ok(())
    }
}

fn same(digest: Option<Digest>, said: Option<&Digest>, which: &str) -> Result<(), Failure> {
    match (digest, said) {
        (Some(digest), Some(said)) if digest != *said => {
            Err(Failure::Wrong(format!("{which} the digest {digest} instead of {said}")))
        }
        _ => Ok(()),
    }
}
