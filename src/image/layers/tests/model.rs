//! Random layers against a file system that is nothing but a map.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::builder::{Tar, contents, contents_with_gaps};
use crate::image::layers::{Content, Fate, Kind, Lookup};

/// One thing that a layer does.
#[derive(Debug, Clone)]
enum Step {
    File(String, u8),
    Dir(String),
    Link(String, String),
    Whiteout(String),
    Opaque(String),
}

/// What is at a path: the content of a file, or a folder.
type Model = BTreeMap<String, Option<u8>>;

fn remove(model: &mut Model, path: &str, itself: bool) {
    let folder = format!("{path}/");
    model.retain(|other, _| !(other.starts_with(&folder) || itself && other == path));
}

fn make_folders(model: &mut Model, path: &str) {
    for (at, _) in path.match_indices('/') {
        if !matches!(model.get(&path[..at]), Some(None)) {
            model.insert(path[..at].to_string(), None);
        }
    }
}

fn apply(model: &mut Model, layer: &[Step]) {
    // What folders the marks are in, and what they take from the layers below.
    for step in layer {
        match step {
            Step::Whiteout(path) => remove(model, path, true),
            Step::Opaque(path) => remove(model, path, false),
            _ => {}
        }
    }
    for step in layer {
        match step {
            Step::File(path, content) => {
                make_folders(model, path);
                remove(model, path, true);
                model.insert(path.clone(), Some(*content));
            }
            Step::Dir(path) => {
                make_folders(model, path);
                model.insert(path.clone(), None);
            }
            Step::Link(path, target) => {
                let Some(Some(content)) = model.get(target).copied() else { continue };
                if path == target || path.starts_with(&format!("{target}/")) {
                    continue;
                }
                make_folders(model, path);
                remove(model, path, true);
                model.insert(path.clone(), Some(content));
            }
            Step::Whiteout(_) | Step::Opaque(_) => {}
        }
    }
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof!["a", "b", "a-", "c"], 1..4).prop_map(|parts| parts.join("/"))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (path(), any::<u8>()).prop_map(|(path, content)| Step::File(path, content)),
        2 => path().prop_map(Step::Dir),
        2 => path().prop_map(Step::Whiteout),
    ]
}

fn layers() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let opaque = (path(), proptest::collection::vec(step(), 0..4)).prop_map(|(path, mut steps)| {
        // A folder that is opaque is one: the mark comes with its folder, and with what is in it.
        steps.insert(0, Step::Dir(path.clone()));
        steps.push(Step::Opaque(path.clone()));
        steps.push(Step::File(format!("{path}/own"), 7));
        steps
    });
    let plain = proptest::collection::vec(step(), 0..6);
    proptest::collection::vec(prop_oneof![3 => plain, 1 => opaque], 1..6)
}

fn tar(layer: &[Step]) -> Tar {
    layer.iter().fold(Tar::new(), |tar, step| match step {
        Step::File(path, content) => tar.entry(b'0', path, "", 0o644, &[*content]),
        Step::Dir(path) => tar.dir(path),
        Step::Link(path, target) => tar.hard_link(path, target),
        Step::Whiteout(path) => match path.rsplit_once('/') {
            Some((folder, name)) => tar.whiteout(&format!("{folder}/.wh.{name}")),
            None => tar.whiteout(&format!(".wh.{path}")),
        },
        Step::Opaque(path) => tar.whiteout(&format!("{path}/.wh..wh..opq")),
    })
}

proptest! {
    #[test]
    fn layers_make_what_a_file_system_would_hold(layers in layers()) {
        let mut model = Model::new();
        layers.iter().for_each(|layer| apply(&mut model, layer));
        let all = contents(layers.iter().map(|layer| tar(layer)).collect());
        let read: Model = all.iter().map(|entry| {
            let content = match all.content_of(&entry) {
                Content::Bytes(bytes) => Some(bytes[0]),
                _ => None,
            };
            (entry.path.to_string(), content)
        }).collect();
        prop_assert_eq!(&read, &model);
        for (path, content) in &model {
            let entry = all.get(path).unwrap();
            prop_assert_eq!(entry.kind == Kind::Dir, content.is_none());
            let listed = all.list(path).map(|listing| listing.entries.len());
            let depth = path.matches('/').count() + 1;
            let inside = model.keys().filter(|other| other.starts_with(&format!("{path}/")));
            let children = inside.filter(|other| other.matches('/').count() == depth).count();
            prop_assert_eq!(listed, content.is_none().then_some(children));
        }
        let stays = all.in_all_layers().filter(|(_, fate)| *fate == Fate::Stays);
        let explicit = all.iter().filter(|entry| !entry.implied).count();
        prop_assert_eq!(stays.count(), explicit);
    }

    #[test]
    fn what_is_said_with_a_layer_missing_holds_whatever_that_layer_was(
        layers in layers(), gap in any::<prop::sample::Index>(), asked in path(),
    ) {
        let gap = gap.index(layers.len());
        let full = contents(layers.iter().map(|layer| tar(layer)).collect());
        let gaps = layers.iter().enumerate().map(|(index, layer)| (index != gap).then(|| tar(layer)));
        let holed = contents_with_gaps(gaps.collect());
        for entry in holed.iter() {
            let truth = full.get(entry.path);
            prop_assert_eq!(truth.map(|truth| truth.kind), Some(entry.kind), "{}", entry.path);
            if !entry.implied {
                prop_assert_eq!(truth.map(|truth| truth.layer), Some(entry.layer));
            }
        }
        if holed.find(&asked) == Lookup::Absent {
            prop_assert_eq!(full.find(&asked), Lookup::Absent);
        }
        if let Some(listing) = holed.list(&asked).filter(|listing| listing.more.is_none()) {
            prop_assert_eq!(listing.entries.len(), full.list(&asked).unwrap().entries.len());
        }
    }

    #[test]
    fn hard_links_share_what_their_file_held(
        first in proptest::collection::vec(step(), 1..6), links in proptest::collection::vec((path(), path()), 1..4),
    ) {
        let mut model = Model::new();
        apply(&mut model, &first);
        // A link to what is no file is not known, as extraction fails there.
        let known = links.into_iter().filter(|(_, target)| matches!(model.get(target), Some(Some(_))));
        let links: Vec<Step> = known.map(|(path, target)| Step::Link(format!("l/{path}/x"), target)).collect();
        apply(&mut model, &links);
        let all = contents(vec![tar(&first), tar(&links)]);
        for (path, content) in model.iter().filter(|(path, content)| path.starts_with("l/") && content.is_some()) {
            prop_assert_eq!(all.content(path), Content::Bytes(&[content.unwrap()]), "{}", path);
        }
    }
}
