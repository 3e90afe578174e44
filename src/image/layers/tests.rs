//! Layers that are made in memory, and what is read of them.

mod builder;
mod hostile;
mod merging;
mod model;
mod reading;
