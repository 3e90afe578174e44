//! Layers that are made in memory, and what is read of them.

pub(in crate::image) mod builder;
mod hostile;
mod merging;
mod model;
mod reading;
