//! Images for real: what the program says of images that other programs have built, and of images that are broken.
//!
//! Images are built by buildah, from the packages of the distribution, without a network: every base image is made here,
//! of a few files. Where it is not installed, or may not build, the tests say so on standard error and do nothing.

mod bases;
mod broken;
mod builder;
mod cases;
mod configuration_only;
mod drift;
mod formats;
mod hostile;
mod layout;
mod program;
mod same_verdict;
mod sources;
