//! Limits of what one image may cost, and the count of what it has cost so far.

use std::sync::atomic::{AtomicU64, Ordering};

/// What one image may cost. What lies beyond a limit is left out and said to be unknown.
///
/// There is no limit on the ratio of unpacked to stored bytes: deflate reaches 1030:1 and zstd 30000:1 on a layer of
/// zeros, which is a legitimate layer (a file of a database, a swap file). What a bomb costs is time, and time is what
/// the limits on unpacked bytes bound, whatever the ratio: one to two minutes for 64 GiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Layers. Docker mounts 127, the kernel 500.
    pub layers: usize,
    /// Entries of all layers together; folders that nothing but longer names tell of count a second time.
    pub entries: u64,
    /// Bytes of the names of all entries together.
    pub names: u64,
    /// Bytes of one path; Linux opens none that is longer.
    pub path: usize,
    /// Parts of one path.
    pub depth: usize,
    /// Bytes of one extended header.
    pub extension: u64,
    /// Bytes that one layer unpacks to.
    pub unpacked: u64,
    /// Bytes that all layers unpack to.
    pub unpacked_together: u64,
    /// Bytes of content that is kept, of all files together.
    pub content: u64,
    /// Bytes of the window of a zstd frame, which is memory that each decoder takes.
    pub window: u64,
    /// Layers that are read at the same time.
    pub at_once: usize,
}

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            layers: 1024,
            entries: 1_000_000,
            names: 64 * MIB,
            path: 4096,
            depth: 256,
            extension: MIB,
            unpacked: 64 * GIB,
            unpacked_together: 128 * GIB,
            content: 64 * MIB,
            window: 128 * MIB,
            at_once: 8,
        }
    }
}

/// What an image has cost so far, counted by all layers that are read at the same time.
///
/// Which of two such layers meets a limit is a matter of time; that one of them does is not.
pub(super) struct Budget<'l> {
    pub limits: &'l Limits,
    entries: AtomicU64,
    names: AtomicU64,
    unpacked: AtomicU64,
    content: AtomicU64,
}

impl<'l> Budget<'l> {
    pub fn new(limits: &'l Limits) -> Budget<'l> {
        let zero = || AtomicU64::new(0);
        Budget { limits, entries: zero(), names: zero(), unpacked: zero(), content: zero() }
    }

    pub fn entry(&self) -> bool {
        take(&self.entries, 1, self.limits.entries)
    }

    pub fn name(&self, bytes: u64) -> bool {
        take(&self.names, bytes, self.limits.names.min(u64::from(u32::MAX)))
    }

    pub fn unpacked(&self, bytes: u64) -> bool {
        take(&self.unpacked, bytes, self.limits.unpacked_together)
    }

    pub fn content(&self, bytes: u64) -> bool {
        take(&self.content, bytes, self.limits.content)
    }
}

/// Counts the amount if it fits.
fn take(counter: &AtomicU64, amount: u64, limit: u64) -> bool {
    let fits = |so_far: u64| so_far.checked_add(amount).filter(|sum| *sum <= limit);
    counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
}
