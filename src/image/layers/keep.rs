//! Keep: which files' content is kept while a layer passes.

/// A file on its way past.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'e> {
    /// Its path in the image, without a `/` at the start.
    pub path: &'e str,
    /// The twelve bits of its mode.
    pub mode: u16,
    /// Bytes.
    pub size: u64,
    /// Its first bytes: all of them, or 64.
    pub start: &'e [u8],
}

impl Candidate<'_> {
    /// Whether it is a script: it starts with `#!`.
    pub fn script(&self) -> bool {
        self.start.starts_with(b"#!")
    }

    /// Whether it is a program or library in the format of Linux.
    pub fn elf(&self) -> bool {
        self.start.starts_with(b"\x7fELF")
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }
}

/// Which files' content is kept.
pub struct Keep<'k> {
    wanted: Box<dyn Fn(&Candidate<'_>) -> bool + Send + Sync + 'k>,
    largest: u64,
    pub(super) sums: bool,
}

impl<'k> Keep<'k> {
    /// The files that the predicate wants, if they have no more bytes than `largest`. A file that is wanted and larger
    /// is noted as such. Hard links share what is kept of the file that they link to.
    pub fn new(largest: u64, wanted: impl Fn(&Candidate<'_>) -> bool + Send + Sync + 'k) -> Keep<'k> {
        Keep { wanted: Box::new(wanted), largest, sums: false }
    }

    /// The same, and a sum of the content of every file, by which files are told apart: [`super::Contents::sum_of`].
    pub fn with_sums(self) -> Keep<'k> {
        Keep { sums: true, ..self }
    }

    /// No content at all.
    pub fn nothing() -> Keep<'k> {
        Keep::new(0, |_| false)
    }

    pub(super) fn wants(&self, candidate: &Candidate<'_>) -> bool {
        (self.wanted)(candidate)
    }

    pub(super) fn fits(&self, size: u64) -> bool {
        size <= self.largest
    }
}
