//! Whole runs of the program, as users and CI see them: what it prints, writes, and exits with.

#[path = "../support/command.rs"]
mod command;
#[path = "../support/github.rs"]
mod github;
#[path = "../support/sarif_file.rs"]
mod sarif_file;

mod bad_dockerfiles;
mod bad_files;
mod bad_yaml;
mod commands;
mod example;
mod formats;
mod inputs;
mod jobs;
mod output;
mod policies;
mod severity;
mod show;
mod trees;
mod variables;
