//! The sentences of nginx's documentation, one by one.

mod hostile;
mod loading;
mod model;
mod reading;
mod templates;

use std::collections::BTreeMap;

use super::{Configuration, File, Included, LevelId, load};
use crate::source::SourceId;

/// Loads `main` as `/etc/nginx/nginx.conf` with the files beside it; their sources count from 1.
fn with_files(main: &str, files: &[(&str, &str)]) -> Configuration {
    let files: BTreeMap<&str, (u32, &str)> =
        files.iter().enumerate().map(|(i, (path, text))| (*path, (i as u32 + 1, *text))).collect();
    load(File::plain("/etc/nginx/nginx.conf", SourceId(0), main.into()), &mut |path| {
        let matched = |file: &str| match path.split_once('*') {
            Some((before, after)) => {
                file.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(|m| !m.contains('/'))
            }
            None => file == path,
        };
        let files = files.iter().filter(|(file, _)| matched(file));
        let files = files.map(|(path, (id, text))| File::plain(*path, SourceId(*id), (*text).into())).collect();
        Included { files, unknown: path.contains("secret").then(|| "`secret` is not there".to_string()) }
    })
}

fn alone(main: &str) -> Configuration {
    with_files(main, &[])
}

fn server(configuration: &Configuration) -> LevelId {
    configuration.servers().next().expect("a server")
}
