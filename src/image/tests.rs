//! Sources of images, built in the tests and read back.

mod archives;
mod documents;
mod hostile;
mod layouts;
mod sample;
