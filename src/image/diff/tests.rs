//! Images made in memory, compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::files::{Aspect, FileChange};
use super::*;
use crate::image::Image;
use crate::image::demand::{Amount, Demand};
use crate::image::layers::tests::builder::{Tar, apart, bare, image, layer};
use crate::image::settings::Kind;

/// An image of these tars with this `config`; nothing stands for a layer that cannot be read.
fn inside(tars: Vec<Option<Tar>>, config: &Value) -> Inside {
    let stored: Vec<Vec<u8>> = tars.iter().map(|tar| tar.clone().map(Tar::end).unwrap_or_default()).collect();
    let layers = tars.iter().zip(&stored).map(|(tar, bytes)| match tar {
        Some(_) => layer(bytes, bytes),
        None => crate::image::Layer { missing: Some("it is not there".to_string()), ..bare() },
    });
    let text = json!({"architecture": "amd64", "os": "linux", "config": config,
        "rootfs": {"type": "layers", "diff_ids": []},
        "history": tars.iter().map(|_| json!({"created_by": "RUN /bin/sh -c make # buildkit"})).collect::<Vec<_>>()});
    let image = image(layers.collect(), apart(stored));
    Inside::read(Image { config: Arc::from(text.to_string()), ..image })
}

fn of(tars: Vec<Tar>) -> Inside {
    inside(tars.into_iter().map(Some).collect(), &json!({"User": "app"}))
}

/// `+ /a`, `~ /b content`, `? /c` ..., by path.
fn told(difference: &Difference) -> Vec<String> {
    let told = |change: &FileChange| {
        let sign = match (&change.before, &change.after) {
            _ if !change.certain => '?',
            (Some(_), Some(_)) => '~',
            (Some(_), None) => '-',
            _ => '+',
        };
        let aspects = change.changed.iter().map(|aspect| format!(" {}", aspect.word()));
        format!("{sign} {}{}", change.path, aspects.collect::<String>())
    };
    let mut all: Vec<String> = difference.files.changes.iter().map(told).collect();
    all.sort_by_key(|line| line[2..].to_string());
    all
}

#[test]
fn an_image_is_the_same_as_itself() {
    let sample = || of(vec![Tar::new().dir("a").file("a/b", "c").symlink("l", "a/b").hard_link("h", "a/b")]);
    let difference = Difference::of(&sample(), &sample());
    assert!(difference.is_none(), "{difference:?}");
    assert_eq!((difference.layers.shared, difference.exit_code(&[])), (1, 0));
}

#[test]
fn files_that_came_went_and_changed_are_told() {
    let before = Tar::new().file("gone", "x").file("same", "x").file("text", "one").file("long", "1").symlink("l", "a");
    let before = before.mode("tool", 0o755).file("kind", "x").dir("folder");
    let after = Tar::new().file("new", "x").file("same", "x").file("text", "two").file("long", "12").symlink("l", "b");
    let after = after.mode("tool", 0o4755).symlink("kind", "x").file("folder/file", "y");
    let difference = Difference::of(&of(vec![before]), &of(vec![after]));
    assert_eq!(
        told(&difference),
        [
            "+ /folder/file",
            "- /gone",
            "~ /kind kind",
            "~ /l target",
            "~ /long size",
            "+ /new",
            "~ /text content",
            "~ /tool mode",
        ],
        "a folder that only its files tell of is not compared"
    );
    let files = &difference.files;
    assert_eq!((files.added.number, files.removed.number, files.changed.number), (2, 1, 5));
}

#[test]
fn the_same_files_in_other_layers_are_no_difference_of_files() {
    let split = of(vec![Tar::new().file("a", "one"), Tar::new().file("b", "two")]);
    let whole = of(vec![Tar::new().file("b", "two").file("a", "one")]);
    let difference = Difference::of(&split, &whole);
    assert_eq!(told(&difference), [""; 0]);
    let layers = &difference.layers;
    assert_eq!((layers.removed.len(), layers.added.len(), layers.shared), (2, 1, 0));
    assert_eq!(layers.added[0].instruction.as_deref(), Some("RUN make"));
}

#[test]
fn sparse_files_are_doubtful_unless_their_layer_is_shared() {
    let sparse = |content: &str| {
        let version: [(&str, &[u8]); 2] = [("GNU.sparse.major", b"0"), ("GNU.sparse.minor", b"1")];
        let said: [(&str, &[u8]); 2] = [("GNU.sparse.realsize", b"100000"), ("GNU.sparse.name", b"s")];
        Tar::new().pax(&[version, said].concat()).file("s", content)
    };
    let (first, other) = (of(vec![sparse("a")]), of(vec![sparse("a"), Tar::new().file("x", "y")]));
    assert_eq!(told(&Difference::of(&first, &other)), ["+ /x"], "the same layer");
    let difference = Difference::of(&first, &of(vec![sparse("b")]));
    assert_eq!(told(&difference), ["? /s content"]);
    assert_eq!(difference.files.changes[0].changed, [Aspect::Content]);
}

#[test]
fn folders_say_where_the_bytes_went() {
    let big = "x".repeat(1000);
    let before =
        Tar::new().file("usr/lib/gcc/cc1", &big).file("usr/lib/gcc/x/y", &big).file("app/a", "12").file("r", "");
    let after = Tar::new().file("app/a", "1").file("r", "123");
    let difference = Difference::of(&of(vec![before]), &of(vec![after]));
    let folders: Vec<(&str, u64, u64)> =
        difference.files.folders.iter().map(|folder| (folder.path.as_str(), folder.before, folder.after)).collect();
    assert_eq!(folders, [("/usr/lib", 2000, 0), ("/", 0, 3), ("/app", 2, 1)]);
}

#[test]
fn what_a_layer_that_cannot_be_read_may_hold_is_doubtful() {
    let files = || Tar::new().file("a", "x");
    let holed = inside(vec![Some(files()), None], &json!({"User": "app"}));
    let difference = Difference::of(&holed, &of(vec![files(), Tar::new().file("b", "y")]));
    assert_eq!(told(&difference), ["? /a", "? /b"], "it may have been there, or replaced");
    assert!(!difference.unknown.is_empty() && difference.unknown[0].starts_with("the earlier image: layer 2"));
    let judge = |demand: Demand| {
        let outcome = demand.judge(&difference.before, &difference.after);
        let judged = [Judged { demand, decided: String::new(), outcome }];
        (outcome, difference.exit_code(&judged))
    };
    assert_eq!(judge(Demand::Reduction(1.0)), (Outcome::Unknown, 2));
    assert_eq!(judge(Demand::Growth(Amount::Percent(1e9))), (Outcome::Unknown, 2));
    assert_eq!(difference.exit_code(&[]), 2, "nothing was required, and not everything was read");
    let settings: Vec<Kind> = difference.settings.iter().map(|changed| changed.setting.kind).collect();
    assert_eq!(settings, [], "accounts of an image that is not known are not compared");
}

#[test]
fn settings_are_compared_one_by_one() {
    let before =
        json!({"User": "root", "Cmd": ["npm", "start"], "Env": ["A=1", "B=1"], "ExposedPorts": {"80/tcp": {}}});
    let after = json!({"User": "app", "Cmd": ["npm", "start"], "Env": ["A=1", "B=2", "C=3"],
        "ExposedPorts": {"8080": {}}, "Labels": {"a": "b"}});
    let passwd = |text: &str| vec![Some(Tar::new().file("etc/passwd", text))];
    let before = inside(passwd("root:x:0:0:root:/root:/bin/sh\n"), &before);
    let after = inside(passwd("root:$6$geheim:0:0:root:/root:/bin/ash\napp:x:1001:1001::/app:/bin/false\n"), &after);
    let told: Vec<String> = Difference::of(&before, &after)
        .settings
        .into_iter()
        .map(|changed| format!("{}: {:?} {:?}", changed.setting, changed.before, changed.after))
        .collect();
    assert_eq!(
        told,
        [
            r#"user: Some("root") Some("app")"#,
            r#"port 80/tcp: Some("") None"#,
            r#"port 8080/tcp: None Some("")"#,
            r#"variable B: Some("1") Some("2")"#,
            r#"variable C: None Some("3")"#,
            r#"label a: None Some("b")"#,
            r#"account app: None Some("uid 1001, gid 1001, home /app, shell /bin/false")"#,
            concat!(
                r#"account root: Some("uid 0, gid 0, home /root, shell /bin/sh") "#,
                r#"Some("uid 0, gid 0, home /root, shell /bin/ash")"#
            ),
        ]
    );
}

#[test]
fn what_a_later_layer_hides_is_buried() {
    let inside = of(vec![Tar::new().file("a", "123").file("b", "12"), Tar::new().file("a", "1").whiteout(".wh.b")]);
    let weight = inside.weight();
    assert_eq!((weight.files, weight.number, weight.buried, weight.whole), (1, 1, 5, true));
}

/// Files by their paths, and the image of them.
fn files() -> impl Strategy<Value = BTreeMap<String, u8>> {
    let path =
        proptest::collection::vec(prop_oneof!["a", "b", "a-", "b\\.c"], 1..4).prop_map(|parts| parts.join("/") + "f");
    proptest::collection::btree_map(path, 0u8..3, 0..12)
}

proptest! {
    #[test]
    fn what_is_told_is_what_is_not_the_same(old in files(), new in files()) {
        let image = |files: &BTreeMap<String, u8>| {
            let tar = |tar: Tar, (path, content): (&String, &u8)| tar.entry(b'0', path, "", 0o644, &vec![7; *content as usize]);
            of(vec![files.iter().fold(Tar::new(), tar)])
        };
        let difference = Difference::of(&image(&old), &image(&new));
        let mut expected: Vec<String> = Vec::new();
        for path in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            match (old.get(path), new.get(path)) {
                (Some(old), Some(new)) if old == new => {}
                (Some(_), Some(_)) => expected.push(format!("~ /{path} size")),
                (Some(_), None) => expected.push(format!("- /{path}")),
                _ => expected.push(format!("+ /{path}")),
            }
        }
        let is_file = |line: &String| line.ends_with('f') || line.ends_with(" size");
        let files: Vec<String> = told(&difference).into_iter().filter(is_file).collect();
        prop_assert_eq!(files, expected);
        let sum = |files: &BTreeMap<String, u8>| files.values().map(|bytes| u64::from(*bytes)).sum::<u64>();
        prop_assert_eq!((difference.before.files, difference.after.files), (sum(&old), sum(&new)));
    }
}
