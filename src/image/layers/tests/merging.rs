//! Layers over one another, rule by rule.

use super::builder::{Tar, contents, contents_with_gaps, paths};
use crate::image::layers::{Content, Contents, Fate, Kind, Lookup};

fn text(contents: &Contents, path: &str) -> String {
    match contents.content(path) {
        Content::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Content::Absent => "(absent)".to_string(),
        Content::Unknown(_) => "(unknown)".to_string(),
    }
}

fn fates(contents: &Contents, layer: usize) -> Vec<(&str, Fate)> {
    contents.in_layer(layer).map(|(entry, fate)| (entry.path, fate)).collect()
}

fn base() -> Tar {
    Tar::new().dir("etc").file("etc/passwd", "root").file("etc/group", "wheel").dir("var").file("var/log", "old")
}

#[test]
fn a_whiteout_deletes_what_lower_layers_have() {
    let all = contents(vec![base(), Tar::new().whiteout("etc/.wh.passwd")]);
    assert_eq!(paths(&all), ["etc", "etc/group", "var", "var/log"]);
    assert_eq!(fates(&all, 0)[1], ("etc/passwd", Fate::Deleted { by: 1 }));
    assert_eq!(all.find("/etc/passwd"), Lookup::Absent);
    let (deleted, _) = all.in_layer(0).nth(1).unwrap();
    assert_eq!(all.content_of(&deleted), Content::Bytes(b"root"), "it is stored all the same");
}

#[test]
fn a_whiteout_of_a_folder_deletes_what_is_in_it() {
    let all = contents(vec![base(), Tar::new().whiteout(".wh.etc")]);
    assert_eq!(paths(&all), ["var", "var/log"]);
    assert!(fates(&all, 0)[..3].iter().all(|(_, fate)| *fate == Fate::Deleted { by: 1 }));
}

#[test]
fn a_whiteout_leaves_its_own_layer_alone_wherever_it_stands() {
    for upper in [
        Tar::new().file("etc/passwd", "new").whiteout("etc/.wh.passwd"),
        Tar::new().whiteout("etc/.wh.passwd").file("etc/passwd", "new"),
    ] {
        let all = contents(vec![base(), upper]);
        assert_eq!(text(&all, "etc/passwd"), "new");
    }
}

#[test]
fn a_whiteout_of_nothing_is_harmless() {
    let all = contents(vec![base(), Tar::new().whiteout(".wh.nothing").whiteout("var/log/.wh.x")]);
    assert_eq!((paths(&all).len(), all.problems().len()), (5, 0));
}

#[test]
fn an_opaque_folder_hides_the_lower_layers_and_keeps_its_own() {
    for upper in [
        Tar::new().dir("etc").file("etc/hosts", "h").whiteout("etc/.wh..wh..opq"),
        Tar::new().whiteout("etc/.wh..wh..opq").file("etc/hosts", "h"),
    ] {
        let all = contents(vec![base(), upper]);
        assert_eq!(paths(&all), ["etc", "etc/hosts", "var", "var/log"]);
        assert_eq!(fates(&all, 0)[2], ("etc/group", Fate::Deleted { by: 1 }));
        assert_eq!(text(&all, "etc/group"), "(absent)");
    }
}

#[test]
fn an_opaque_root_hides_everything_below() {
    let all = contents(vec![base(), Tar::new().whiteout(".wh..wh..opq").file("a", "a")]);
    assert_eq!(paths(&all), ["a"]);
}

#[test]
fn notes_of_builders_are_left_out() {
    let upper = Tar::new().dir(".wh..wh.plnk").file(".wh..wh.plnk/1.2", "").file(".no.prefetch.landmark", "\x0f");
    assert_eq!(paths(&contents(vec![base(), upper])).len(), 5);
}

#[test]
fn a_folder_over_a_folder_merges_and_has_the_later_mode() {
    let all = contents(vec![base(), Tar::new().entry(b'5', "etc", "", 0o700, b"").file("etc/hosts", "")]);
    assert_eq!(all.get("etc").map(|entry| (entry.mode, entry.layer)), Some((0o700, 1)));
    assert_eq!(paths(&all), ["etc", "etc/group", "etc/hosts", "etc/passwd", "var", "var/log"]);
    assert_eq!(fates(&all, 0)[0], ("etc", Fate::Replaced { by: 1 }));
}

#[test]
fn what_is_no_folder_removes_what_was_below_it() {
    for upper in [Tar::new().file("etc", "file"), Tar::new().symlink("etc", "var")] {
        let all = contents(vec![base(), upper]);
        assert_eq!(paths(&all), ["etc", "var", "var/log"]);
        assert_eq!(fates(&all, 0)[1], ("etc/passwd", Fate::Deleted { by: 1 }));
    }
}

#[test]
fn a_folder_takes_the_place_of_a_file_even_if_only_its_files_tell_of_it() {
    for upper in [Tar::new().dir("var/log").file("var/log/a", "a"), Tar::new().file("var/log/a", "a")] {
        let all = contents(vec![base(), upper]);
        assert_eq!(all.get("var/log").map(|entry| entry.kind), Some(Kind::Dir));
        assert_eq!(fates(&all, 0)[4], ("var/log", Fate::Replaced { by: 1 }));
    }
}

#[test]
fn folders_that_nobody_tells_of_are_there_as_engines_make_them() {
    let all = contents(vec![Tar::new().file("a/b/c", "x"), Tar::new().whiteout("a/b/.wh.c")]);
    assert_eq!(paths(&all), ["a", "a/b"]);
    let made = all.get("a/b").unwrap();
    assert_eq!((made.implied, made.mode, made.uid), (true, 0o755, 0));
}

#[test]
fn a_later_entry_of_the_same_layer_wins() {
    let all = contents(vec![Tar::new().file("a", "1").file("a", "2").file("d/x", "x").file("d", "file")]);
    assert_eq!((text(&all, "a").as_str(), text(&all, "d").as_str()), ("2", "file"));
    assert_eq!(fates(&all, 0)[0], ("a", Fate::Replaced { by: 0 }));
    assert_eq!(paths(&all), ["a", "d"]);
}

#[test]
fn what_was_deleted_and_came_back_was_deleted_first() {
    let layers = vec![base(), Tar::new().whiteout(".wh.etc"), Tar::new().file("etc/passwd", "again")];
    let all = contents(layers);
    assert_eq!(fates(&all, 0)[1], ("etc/passwd", Fate::Deleted { by: 1 }));
    assert_eq!(paths(&all), ["etc", "etc/passwd", "var", "var/log"]);
    assert!(all.get("etc").unwrap().implied);
}

#[test]
fn hard_links_have_the_facts_and_content_of_their_file() {
    let link = |name: &str, target: &str| Tar::new().entry(b'1', name, target, 0o4755, b"");
    let lower = Tar::new().entry(b'0', "bin/su", "", 0o4755, b"elf").entry(b'1', "bin/sudo", "./bin/su", 0o4755, b"");
    let all = contents(vec![lower, link("bin/third", "/bin/sudo").hard_link("bin/lost", "bin/none")]);
    for path in ["bin/sudo", "bin/third"] {
        let link = all.get(path).unwrap();
        assert_eq!((link.kind, link.mode, link.size, text(&all, path).as_str()), (Kind::File, 0o4755, 3, "elf"));
    }
    assert_eq!(all.get("bin/third").unwrap().hard_link, Some("bin/sudo"));
    assert_eq!(all.get("bin/lost").unwrap().kind, Kind::HardLink);
    assert_eq!(text(&all, "bin/lost"), "(unknown)");
}

#[test]
fn the_last_hard_link_sets_mode_and_owner_of_all_names_of_its_file() {
    let link = |tar: Tar, name: &str, mode: u32| tar.entry(b'1', name, "bin/a", mode, b"");
    let owner = |tar: Tar, uid: &[u8]| tar.pax(&[("uid", uid), ("gid", uid)]);
    let facts = |all: &Contents| {
        ["bin/a", "bin/b", "bin/c"].map(|path| all.get(path).map(|entry| (entry.mode, entry.uid, entry.gid)))
    };
    let lower = link(Tar::new().file("bin/a", "x"), "bin/b", 0o755);
    let all = contents(vec![lower.clone(), link(owner(Tar::new(), b"0"), "bin/c", 0o4755)]);
    assert_eq!(facts(&all), [Some((0o4755, 0, 0)); 3], "a hard link makes a file set-uid");
    let all = contents(vec![link(owner(lower, b"0"), "bin/c", 0o4755), Tar::new().whiteout("bin/.wh.c")]);
    assert_eq!(facts(&all), [Some((0o4755, 0, 0)), Some((0o4755, 0, 0)), None], "though its name is gone");
    let all = contents(vec![link(Tar::new().mode("bin/a", 0o4755), "bin/b", 0o755)]);
    assert_eq!(all.get("bin/a").map(|entry| entry.mode), Some(0o755));
}

#[test]
fn a_hard_link_sets_capabilities_if_it_has_any() {
    let ping = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let tar = Tar::new().file("a", "x").pax(&[("SCHILY.xattr.security.capability", &ping)]).hard_link("b", "a");
    let all = contents(vec![tar.hard_link("c", "b").file("d", "x")]);
    let capable = |path: &str| all.get(path).unwrap().capability.is_some();
    assert_eq!(["a", "b", "c", "d"].map(capable), [true, true, true, false]);
}

#[test]
fn a_hard_link_keeps_the_file_that_it_was_made_to() {
    let all = contents(vec![Tar::new().file("a", "1").hard_link("b", "a").file("a", "2")]);
    assert_eq!((text(&all, "a").as_str(), text(&all, "b").as_str()), ("2", "1"));
}

#[test]
fn symbolic_links_are_followed_inside_the_image_only() {
    let all = contents(vec![
        base()
            .symlink("bin", "usr/bin")
            .file("usr/bin/sh", "sh")
            .symlink("etc/shells", "/bin/sh")
            .symlink("etc/up", "../../../../etc/passwd")
            .symlink("var/run", "../etc/./group")
            .symlink("dangling", "nowhere/at/all")
            .symlink("through", "etc/passwd/x"),
    ]);
    assert_eq!(text(&all, "/bin/sh"), "sh");
    assert_eq!(text(&all, "etc/shells"), "sh");
    assert_eq!(text(&all, "etc/up"), "root");
    assert_eq!(text(&all, "var/run"), "wheel");
    assert_eq!(all.get("bin").map(|entry| (entry.path, entry.kind)), Some(("usr/bin", Kind::Dir)));
    let Lookup::Found(link) = all.find_link("bin") else { panic!("the link itself") };
    assert_eq!((link.kind, link.target), (Kind::Symlink, Some("usr/bin")));
    for absent in ["dangling", "through", "etc/passwd/x", "etc/passwd/..", "usr/sbin"] {
        assert_eq!(all.find(absent), Lookup::Absent, "{absent}");
    }
    assert_eq!(all.list("bin").unwrap().entries.len(), 1);
}

#[test]
fn a_symbolic_link_to_its_own_folder_leads_to_that_folder() {
    let tar = Tar::new().file("usr/bin/sh", "sh").symlink("usr/bin/X11", ".").symlink("usr/bin/up", "..");
    let all = contents(vec![tar.symlink("usr/bin/slash", "./").symlink("usr/bin/root", "/")]);
    let path = |asked: &str| all.get(asked).map(|entry| entry.path);
    for link in ["usr/bin/X11", "usr/bin/slash", "usr/bin/X11/slash/X11/"] {
        assert_eq!(path(link), Some("usr/bin"), "{link}");
        assert_eq!(text(&all, &format!("{link}/sh")), "sh", "{link}");
        let listing = all.list(link).unwrap();
        let names: Vec<&str> = listing.entries.iter().map(|entry| entry.name()).collect();
        assert_eq!(names, ["X11", "root", "sh", "slash", "up"], "{link}");
    }
    assert_eq!((path("usr/bin/up"), path("usr/bin/root")), (Some("usr"), Some("")));
}

#[test]
fn loops_of_symbolic_links_lead_nowhere() {
    let all = contents(vec![Tar::new().symlink("a", "b").symlink("b", "a").symlink("c", "c/d").symlink("d", ".")]);
    assert!(["a", "b", "c", "c/x"].iter().all(|path| all.find(path) == Lookup::Absent));
    assert_eq!(all.get("d/d/d").map(|entry| entry.path), Some(""));
}

#[test]
fn folders_are_listed_by_name_without_what_is_deeper() {
    let all = contents(vec![base().dir("etc/a").file("etc/a/x", "").file("etc/a-b", "").file("etc-x", "")]);
    let listing = all.list("/etc/").unwrap();
    let names: Vec<&str> = listing.entries.iter().map(|entry| entry.name()).collect();
    assert_eq!((names, listing.more), (vec!["a", "a-b", "group", "passwd"], None));
    assert_eq!(all.list("/").unwrap().entries.len(), 3);
    assert!(all.list("etc/passwd").is_none());
    assert_eq!(all.below("/etc/").count(), 5);
    assert_eq!(all.below("").count(), 9);
}

#[test]
fn a_layer_that_was_not_read_leaves_unknown_what_it_may_have_changed() {
    let top = Tar::new().file("etc/hosts", "h").dir("opt").whiteout("opt/.wh..wh..opq").whiteout(".wh.var");
    let all = contents_with_gaps(vec![Some(base()), None, Some(top)]);
    assert_eq!(paths(&all), ["etc", "etc/hosts", "opt"], "what came later is certain");
    assert!(matches!(all.find("etc/passwd"), Lookup::Unknown(_)), "it may have been deleted");
    assert!(matches!(all.find("usr/bin"), Lookup::Unknown(_)), "it may have been added");
    for absent in ["var", "var/log", "opt/x", "etc/hosts/x"] {
        assert_eq!(all.find(absent), Lookup::Absent, "{absent}");
    }
    assert_eq!(fates(&all, 0)[1], ("etc/passwd", Fate::Unknown));
    assert_eq!(fates(&all, 0)[4], ("var/log", Fate::Deleted { by: 2 }));
    assert!(all.list("etc").unwrap().more.is_some() && all.list("opt").unwrap().more.is_none());
    assert_eq!(all.unknown().as_deref(), Some("layer 2: it is not there"));
}

#[test]
fn a_refused_name_leaves_in_doubt_only_what_it_may_have_meant() {
    let all = contents(vec![base().file("tmp/../etc/passwd", "evil").file("../../var/x", "")]);
    assert!(matches!(all.find("etc/passwd"), Lookup::Unknown(_)) && matches!(all.find("var/x"), Lookup::Unknown(_)));
    assert_eq!((text(&all, "etc/group").as_str(), text(&all, "etc/other").as_str()), ("wheel", "(absent)"));
    assert_eq!(all.problems().len(), 2);
    assert!(all.list("etc").unwrap().more.is_some());
    let later = contents(vec![base().file("tmp/../etc/passwd", "evil"), Tar::new().file("etc/passwd", "new")]);
    assert_eq!(text(&later, "etc/passwd"), "new");
}

#[test]
fn a_file_in_the_place_of_a_folder_settles_what_was_in_it() {
    let tar = Tar::new().file("etc", "").dir("etc").file("etc/hosts", "h");
    let all = contents_with_gaps(vec![Some(base()), None, Some(tar)]);
    let listing = all.list("etc").unwrap();
    assert_eq!((listing.entries.len(), listing.more), (1, None));
    assert_eq!(all.find("etc/passwd"), Lookup::Absent);
}

#[test]
fn of_many_doubts_about_a_path_the_latest_counts() {
    let refused = || Tar::new().file("x/../etc/passwd", "evil");
    let settled = contents(vec![refused(), refused(), Tar::new().whiteout("etc/.wh.passwd")]);
    assert_eq!(settled.find("etc/passwd"), Lookup::Absent);
    let open = contents(vec![refused(), Tar::new().whiteout("etc/.wh.passwd"), refused(), Tar::new().dir("etc")]);
    assert!(matches!(open.find("etc/passwd"), Lookup::Unknown(why) if why.starts_with("layer 3")));
}

#[test]
fn files_below_a_symbolic_link_are_in_doubt_because_engines_differ() {
    let all =
        contents(vec![Tar::new().symlink("bin", "usr/bin").file("usr/bin/sh", "s"), Tar::new().file("bin/x", "x")]);
    for path in ["bin", "bin/x", "bin/sh"] {
        assert!(matches!(all.find(path), Lookup::Unknown(_)), "{path}");
    }
    assert_eq!(text(&all, "usr/bin/sh"), "s");
    assert_eq!(fates(&all, 1)[0], ("bin/x", Fate::Unknown));
    assert!(all.unknown().unwrap().contains("`bin`"));
}
