//! `plimsoll probe` against servers: real ones that the tests start, and ones that hang, lie or break off.
//!
//! A binary of its own: these tests measure time, and do not share the machine with others.
#![cfg(unix)]

mod answers;
mod databases;
mod flags;
mod not_asked;
mod program;
mod project;
mod real;
mod servers;
