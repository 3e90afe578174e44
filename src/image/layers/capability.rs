//! Capability: what a program may do that is not run by root, from the extended attribute `security.capability`.
//!
//! `struct vfs_cap_data` and `struct vfs_ns_cap_data` of linux/capability.h: a word of revision and flags, then words of
//! permitted and inheritable capabilities in turn, all little-endian, and in revision 3 the owner of the user namespace.

/// The capabilities of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Capability {
    /// What the program gets, a bit for each capability by its number.
    pub permitted: u64,
    /// What it keeps of what its caller passes on.
    pub inheritable: u64,
    /// Whether what it gets is in effect from the start.
    pub effective: bool,
}

const NAMES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

impl Capability {
    /// Reads the attribute; nothing if it is in none of its three forms, which the kernel refuses too.
    pub fn parse(bytes: &[u8]) -> Option<Capability> {
        let (head, rest) = bytes.split_first_chunk::<4>()?;
        let head = u32::from_le_bytes(*head);
        let words = match (head >> 24, rest.len()) {
            (1, 8) => 1,
            (2, 16) | (3, 20) => 2,
            _ => return None,
        };
        let (mut permitted, mut inheritable) = (0, 0);
        for (index, pair) in rest.chunks_exact(8).take(words).enumerate() {
            let word = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
            permitted |= word(&pair[..4]) << (32 * index);
            inheritable |= word(&pair[4..]) << (32 * index);
        }
        Some(Capability { permitted, inheritable, effective: head & 1 != 0 })
    }

    /// The names of what the program gets, without `CAP_`.
    pub fn names(&self) -> Vec<String> {
        let name = |bit: usize| NAMES.get(bit).map_or_else(|| format!("capability {bit}"), |name| (*name).to_string());
        (0..64).filter(|bit| self.permitted >> bit & 1 == 1).map(name).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_attribute_is_read_as_setcap_writes_it() {
        let ping = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let read = Capability::parse(&ping).unwrap();
        assert_eq!((read.names(), read.effective), (vec!["NET_RAW".to_string()], true));
        let mut namespaced = ping.to_vec();
        namespaced[3] = 3;
        assert!(Capability::parse(&namespaced).is_none());
        namespaced.extend([0, 0, 0, 0]);
        assert_eq!(Capability::parse(&namespaced), Some(read));
    }

    #[test]
    fn the_upper_word_holds_the_later_capabilities_and_unknown_ones_have_numbers() {
        let bytes = [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0x80, 0, 0, 0, 0];
        assert_eq!(Capability::parse(&bytes).unwrap().names(), ["BPF", "capability 63"]);
        assert!(Capability::parse(&[]).is_none() && Capability::parse(&[9; 20]).is_none());
    }
}
