//! Images: what one holds, and what makes two different, for a person and for a program.

pub mod json;
pub mod show;
pub mod table;
mod text;
