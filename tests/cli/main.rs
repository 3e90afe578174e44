//! Whole runs of the program, as users and CI see them: what it prints, writes, and exits with.

#[path = "../support/github.rs"]
mod github;

mod bad_dockerfiles;
mod bad_files;
mod bad_yaml;
mod command;
mod commands;
mod example;
mod fixes;
mod formats;
mod image;
mod init;
mod inputs;
mod jobs;
mod output;
mod policies;
mod sarif_file;
mod severity;
mod show;
mod trees;
mod variables;
