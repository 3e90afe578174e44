//! Plimsoll holds containers to an organisation's architecture decisions.
//!
//! The tour, in the order in which a byte meets the modules:
//!
//! [`discover`] turns paths into candidates and [`input`] reads them; [`source`] owns their text, and every value that
//! is parsed carries a span into it. [`subject`] parses Dockerfiles, Compose projects (on [`yaml`]) and image
//! configurations, with [`shell`] for the commands in them; what cannot be examined is a [`problem`]. [`container`]
//! resolves what would really run. [`checks`] judge that, each a function behind a [`rule`] with a [`page`], and answer
//! with [`finding`]s; a [`policy`] has bound them to the controls of a decision. [`assess`] makes verdicts, [`report`]
//! writes them. [`scan`] is the whole pipeline on one screen. [`fix`] makes the changes that findings carry, [`init`]
//! writes what the decision is met by, and [`contract`] asks what runs whether it keeps what files cannot tell.

pub mod assess;
pub mod checks;
pub mod cli;
pub mod container;
pub mod contract;
pub mod discover;
pub mod finding;
pub mod fix;
pub mod image;
pub mod init;
pub mod input;
pub mod page;
pub mod policy;
pub mod problem;
pub mod report;
pub mod rule;
pub mod scan;
pub mod severity;
pub mod shell;
pub mod source;
pub mod subject;
pub mod suggest;
pub mod terminal;
pub mod yaml;
