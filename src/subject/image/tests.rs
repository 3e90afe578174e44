use std::time::Duration;

use super::*;
use crate::problem::ProblemPlace;

mod container;
mod hostile;

const SOURCE: SourceId = SourceId(0);

/// A configuration blob as BuildKit writes it.
const BLOB: &str = r#"{"architecture":"amd64","config":{"User":"node","ExposedPorts":{"3000/tcp":{},"53":{}},
"Env":["PATH=/usr/bin:/bin","NODE_ENV=production","EMPTY=","BARE","A=b=c"],"Entrypoint":["docker-entrypoint.sh"],
"Cmd":["node","dist/server.js"],"Volumes":{"/data":{}},"WorkingDir":"/app","Labels":{"a.b":"c"},"StopSignal":"SIGQUIT",
"Healthcheck":{"Test":["CMD-SHELL","wget -q localhost"],"Interval":30000000000,"Timeout":5000000000,"StartPeriod":0,
"Retries":3},"OnBuild":["RUN x"],"Shell":["/bin/bash","-c"],"ArgsEscaped":true},
"created":"2024-05-01T10:00:00Z","history":[{"created":"2024-05-01T10:00:00Z","created_by":"ADD rootfs / # buildkit"},
{"created_by":"ENV NODE_ENV=production","comment":"buildkit.dockerfile.v0","empty_layer":true}],"os":"linux",
"container_config":{"User":"wrong"},"rootfs":{"type":"layers","diff_ids":["sha256:00","sha256:01"]}}"#;

/// An element of what `docker inspect` prints for a container.
const CONTAINER: &str = r#"[
  {
    "Id": "f00", "Created": "2024-05-01T10:00:00Z", "Path": "docker-entrypoint.sh", "Args": ["node", "server.js"],
    "State": {"Status": "running", "Running": true},
    "Image": "sha256:abc", "Name": "/shop-api-1", "Platform": "linux",
    "HostConfig": {
      "NetworkMode": "shop_default", "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
      "CapAdd": ["CAP_NET_ADMIN"], "CapDrop": null, "Privileged": false, "ReadonlyRootfs": true,
      "SecurityOpt": ["no-new-privileges:true"], "PidMode": "", "IpcMode": "private",
      "Memory": 268435456, "MemoryReservation": 0, "NanoCpus": 500000000, "PidsLimit": null, "Init": true
    },
    "Mounts": [{"Type": "bind", "Source": "/var/run/docker.sock", "Destination": "/var/run/docker.sock", "RW": false}],
    "Config": {
      "User": "", "Env": [], "Cmd": ["node", "server.js"], "Image": "shop/api:1.2", "Entrypoint": null,
      "Labels": {"com.docker.compose.project": "shop", "com.docker.compose.service": "api"}
    }
  }
]"#;

fn text<T: ToString>(value: &Option<Spanned<T>>) -> String {
    value.as_ref().map_or_else(|| "-".to_string(), |value| value.value.to_string())
}

fn words(words: &Option<Words>) -> String {
    words.as_ref().map_or_else(|| "-".to_string(), |words| list(&words.value))
}

fn list(words: &[Spanned<String>]) -> String {
    words.iter().map(|word| &*word.value).collect::<Vec<_>>().join("|")
}

fn cut(text: &str, span: Span) -> &str {
    &text[span.range()]
}

/// The only image of a text without problems.
#[track_caller]
fn one(text: &str) -> ImageConfig {
    let mut loaded = read(SOURCE, text);
    assert_eq!(loaded.problems, []);
    assert_eq!(loaded.images.len(), 1);
    loaded.images.remove(0)
}

/// The image of a configuration blob with this `config`.
#[track_caller]
fn with_config(config: &str) -> ImageConfig {
    one(&format!(r#"{{"architecture":"amd64","rootfs":{{}},"config":{config}}}"#))
}

/// `text under the place: what` for each problem, and the images that were read all the same.
fn troubles(text: &str) -> (Vec<String>, Vec<ImageConfig>) {
    let loaded = read(SOURCE, text);
    let told = loaded.problems.iter().map(|problem| {
        assert!(!problem.help.is_empty());
        match &problem.place {
            ProblemPlace::Span(span) => format!("{}: {}", cut(text, *span), problem.what),
            ProblemPlace::Path(path) => panic!("{path}"),
        }
    });
    (told.collect(), loaded.images)
}

#[test]
fn a_configuration_blob_gives_all_its_fields() {
    let image = one(BLOB);
    assert_eq!(image.shape, Shape::Config);
    assert_eq!(text(&image.name), "-");
    assert_eq!(text(&image.user), "node");
    assert_eq!(words(&image.entrypoint), "docker-entrypoint.sh");
    assert_eq!(words(&image.cmd), "node|dist/server.js");
    assert_eq!(text(&image.workdir), "/app");
    assert_eq!(list(&image.exposed_ports), "3000/tcp|53/tcp");
    assert_eq!(list(&image.volumes), "/data");
    assert_eq!(image.labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(), ["a.b=c"]);
    assert_eq!(text(&image.stop_signal), "SIGQUIT");
    assert_eq!(words(&image.shell), "/bin/bash|-c");
    assert_eq!(words(&image.on_build), "RUN x");
    assert_eq!((text(&image.architecture), text(&image.os)), ("amd64".into(), "linux".into()));
    assert!(image.size.is_none() && image.container.is_none());
    let steps: Vec<_> = image.history.iter().map(|step| (text(&step.created_by), step.empty_layer)).collect();
    assert_eq!(steps, [("ADD rootfs / # buildkit".to_string(), false), ("ENV NODE_ENV=production".to_string(), true)]);
}

#[test]
fn every_value_stands_where_its_place_says() {
    let image = one(BLOB);
    let span = |value: &Option<Spanned<String>>| cut(BLOB, value.as_ref().map(|v| v.span).expect("a value"));
    assert_eq!(span(&image.user), "\"node\"");
    assert_eq!(span(&image.workdir), "\"/app\"");
    assert_eq!(cut(BLOB, image.place), "\"config\"");
    assert_eq!(cut(BLOB, image.span), BLOB);
    assert_eq!(cut(BLOB, image.exposed_ports[0].span), "\"3000/tcp\"");
    assert_eq!(cut(BLOB, image.entrypoint.as_ref().expect("set").span), "[\"docker-entrypoint.sh\"]");
    for variable in &image.env {
        assert_eq!(cut(BLOB, variable.name.span), variable.name.value);
        if let Some(value) = &variable.value {
            assert_eq!(cut(BLOB, value.span), value.value);
        }
    }
}

#[test]
fn variables_are_cut_at_the_first_equals_sign() {
    let image = one(BLOB);
    let told: Vec<_> = image.env.iter().map(|v| (v.name.value.as_str(), text(&v.value))).collect();
    let expected = [("PATH", "/usr/bin:/bin"), ("NODE_ENV", "production"), ("EMPTY", ""), ("BARE", "-"), ("A", "b=c")];
    assert_eq!(told, expected.map(|(name, value)| (name, value.to_string())));
}

#[test]
fn variables_with_escapes_keep_places_inside_their_text() {
    let config = r#"{"Env":["A=\u00e9\ud83d\ude00x","B=say \"hi\"","\u0043=d","=","é=\n"]}"#;
    let text = format!(r#"{{"architecture":"amd64","rootfs":{{}},"config":{config}}}"#);
    let image = one(&text);
    let values: Vec<_> = image.env.iter().map(|v| (&*v.name.value, v.value.as_ref().map(|v| &*v.value))).collect();
    let expected =
        [("A", Some("é😀x")), ("B", Some("say \"hi\"")), ("C", Some("d")), ("", Some("")), ("é", Some("\n"))];
    assert_eq!(values, expected);
    assert_eq!(
        cut(&text, image.env[0].name.span),
        r#""A=\u00e9\ud83d\ude00x""#,
        "the whole text: nobody can follow it"
    );
    assert_eq!(cut(&text, image.env[1].value.as_ref().expect("set").span), r#"say \"hi"#.to_string() + "\\\"");
    assert_eq!(cut(&text, image.env[4].name.span), "é");
}

#[test]
fn a_health_check_is_read_from_nanoseconds() {
    let check = one(BLOB).healthcheck.expect("set").value;
    assert_eq!(words(&check.test), "CMD-SHELL|wget -q localhost");
    assert_eq!(check.timing.interval.map(|d| d.value), Some(Duration::from_secs(30)));
    assert_eq!(check.timing.timeout.map(|d| d.value), Some(Duration::from_secs(5)));
    assert_eq!(check.timing.start_period, None, "0 is the default");
    assert_eq!(check.timing.retries.map(|count| count.value), Some(3));
}

#[test]
fn null_absent_and_empty_are_the_same() {
    for config in [
        "null",
        "{}",
        r#"{"User":null,"Env":null,"Entrypoint":null,"Cmd":null,"Healthcheck":null,"Labels":null,"ExposedPorts":null}"#,
        r#"{"User":"","Env":[],"Entrypoint":[],"Cmd":[],"Healthcheck":{},"Labels":{},"ExposedPorts":{},"Volumes":{}}"#,
        r#"{"Healthcheck":{"Test":[],"Interval":0,"Timeout":0,"Retries":0},"WorkingDir":"","StopSignal":"","Shell":[]}"#,
    ] {
        let image = with_config(config);
        assert!(image.user.is_none() && image.env.is_empty() && image.entrypoint.is_none(), "{config}");
        assert!(image.cmd.is_none() && image.healthcheck.is_none() && image.labels.is_empty(), "{config}");
        assert!(image.exposed_ports.is_empty() && image.volumes.is_empty() && image.workdir.is_none(), "{config}");
        assert!(image.stop_signal.is_none() && image.shell.is_none() && image.on_build.is_none(), "{config}");
    }
}

#[test]
fn keys_are_taken_exact_first_and_in_any_case_second() {
    assert_eq!(text(&with_config(r#"{"user":"app"}"#).user), "app");
    assert_eq!(text(&with_config(r#"{"user":"wrong","User":"app"}"#).user), "app");
    assert_eq!(text(&with_config(r#"{"USER":"app","User":null}"#).user), "-", "null under the exact key is null");
    let image = one(r#"{"ARCHITECTURE":"arm64","CONFIG":{"USER":"app"},"ROOTFS":{}}"#);
    assert_eq!(
        (image.shape, text(&image.user), text(&image.architecture)),
        (Shape::Config, "app".into(), "arm64".into())
    );
}

#[test]
fn a_text_in_place_of_a_command_list_is_one_word() {
    let image = with_config(r#"{"Entrypoint":"/start.sh now","Cmd":""}"#);
    assert_eq!(words(&image.entrypoint), "/start.sh now");
    assert!(image.cmd.is_none());
}

#[test]
fn image_inspection_gives_several_images_with_their_names_and_sizes() {
    let text_of_file = r#"[
      {"Id":"sha256:1","RepoTags":["shop/api:1.2","shop/api:latest"],"RepoDigests":[],"Size":187654321,
       "Architecture":"arm64","Os":"linux","Config":{"User":"1000:1000","Cmd":["node"]},"RootFS":{"Type":"layers"},
       "ContainerConfig":{"User":"wrong"}},
      {"Id":"sha256:2","RepoTags":["<none>:<none>"],"RepoDigests":["<none>@<none>","shop/web@sha256:ff"],
       "Config":{"User":"nginx"},"RootFS":{},"Size":0},
      {"Id":"sha256:3","RepoTags":[],"RepoDigests":null,"RootFS":{},
       "Config":{"Labels":{"com.docker.compose.service":"worker"}}},
      {"Id":"sha256:4","RepoTags":null,"RootFS":{},"Config":null}
    ]"#;
    let loaded = read(SOURCE, text_of_file);
    assert_eq!(loaded.problems, []);
    let told: Vec<_> = loaded.images.iter().map(|i| (text(&i.name), text(&i.user), text(&i.size))).collect();
    let expected = [
        ("shop/api:1.2", "1000:1000", "187654321"),
        ("shop/web@sha256:ff", "nginx", "0"),
        ("worker", "-", "-"),
        ("-", "-", "-"),
    ];
    assert_eq!(told, expected.map(|(a, b, c)| (a.to_string(), b.to_string(), c.to_string())));
    assert!(loaded.images.iter().all(|image| image.shape == Shape::ImageInspect));
    assert_eq!(cut(text_of_file, loaded.images[3].place), "{");
}

#[test]
fn podman_puts_the_health_check_and_the_history_beside_the_configuration() {
    let image = one(r#"[{"Id":"1","RepoTags":["localhost/app:1"],"Config":{"Cmd":["app"]},"RootFS":{},
        "HealthCheck":{"Test":["CMD","true"]},"History":[{"created_by":"CMD [\"app\"]","empty_layer":true}]}]"#);
    assert_eq!(words(&image.healthcheck.expect("set").value.test), "CMD|true");
    assert_eq!(image.history.len(), 1);
    assert_eq!(text(&with_config(r#"{"StopSignal":15}"#).stop_signal), "15");
}

#[test]
fn wrong_types_are_problems_and_the_rest_is_read() {
    for (config, expected) in [
        (r#"{"User":1000,"Cmd":["x"]}"#, "1000: `User` must be text, this is a number"),
        (r#"{"User":["a"],"Cmd":["x"]}"#, "[\"a\"]: `User` must be text, this is a list"),
        (r#"{"Env":{"A":"b"},"Cmd":["x"]}"#, "{\"A\":\"b\"}: `Env` must be a list of texts, this is an object"),
        (r#"{"Env":["A=b",7],"Cmd":["x"]}"#, "7: `Env` must be a list of texts, this is a number"),
        (r#"{"Entrypoint":true,"Cmd":["x"]}"#, "true: `Entrypoint` must be a list of texts, this is a boolean"),
        (r#"{"Shell":[null],"Cmd":["x"]}"#, "null: `Shell` must be a list of texts, this is null"),
        (r#"{"ExposedPorts":["80"],"Cmd":["x"]}"#, "[\"80\"]: `ExposedPorts` must be an object, this is a list"),
        (r#"{"Labels":{"a":1},"Cmd":["x"]}"#, "1: `a` must be text, this is a number"),
        (r#"{"Healthcheck":"x","Cmd":["x"]}"#, "\"x\": `Healthcheck` must be an object, this is text"),
        (
            r#"{"Healthcheck":{"Interval":"30s"},"Cmd":["x"]}"#,
            "\"30s\": `Interval` must be a whole number, this is text",
        ),
        (r#"{"Healthcheck":{"Interval":-1},"Cmd":["x"]}"#, "-1: `Interval` must not be below 0, this is `-1`"),
        (r#"{"Healthcheck":{"Retries":1.5},"Cmd":["x"]}"#, "1.5: `Retries` must be a whole number, this is a number"),
        (r#"{"Cmd":["x"],"User":"a","User":"b"}"#, "\"User\": the key `User` stands twice in one mapping"),
    ] {
        let (told, images) = troubles(&format!(r#"{{"architecture":"amd64","rootfs":{{}},"config":{config}}}"#));
        assert_eq!(told, [expected], "{config}");
        assert_eq!(words(&images[0].cmd), "x", "{config}");
    }
}

#[test]
fn a_number_for_a_user_is_still_that_user_and_of_two_keys_the_later_wins() {
    let (_, images) = troubles(r#"{"rootfs":{},"config":{"User":1000,"WorkingDir":"/a","WorkingDir":"/b"}}"#);
    assert_eq!((text(&images[0].user), text(&images[0].workdir)), ("1000".into(), "/b".into()));
}

#[test]
fn outer_fields_of_a_wrong_type_are_problems_too() {
    let (told, images) =
        troubles(r#"{"architecture":"amd64","rootfs":{},"config":[],"history":["x",{"created_by":"y"}]}"#);
    assert_eq!(
        told,
        ["[]: `config` must be an object, this is a list", "\"x\": `history` must be a list of objects, this is text"]
    );
    assert_eq!(images[0].history.len(), 1);
    let (told, _) = troubles(r#"[{"State":1,"HostConfig":{"Init":"yes","Memory":"1g"},"Mounts":{},"Config":7}]"#);
    assert_eq!(told.len(), 4, "{told:?}");
}

#[test]
fn content_tells_the_shape() {
    for (text, expected) in [
        (BLOB, Some(Shape::Config)),
        (CONTAINER, Some(Shape::ContainerInspect)),
        (&CONTAINER[1..CONTAINER.len() - 1], Some(Shape::ContainerInspect)),
        ("\u{feff} \r\n{\"rootfs\":{},\"architecture\":\"x\"}", Some(Shape::Config)),
        (r#"{"config":{},"architecture":"x"}"#, Some(Shape::Config)),
        (r#"{"config":{},"rootfs":{}}"#, Some(Shape::Config)),
        (r#"[ {"Id":"x","RepoTags":[]} ]"#, Some(Shape::ImageInspect)),
        (r#"{"RootFS":{}}"#, Some(Shape::ImageInspect)),
        (r#"[{"RootFS":{"#, Some(Shape::ImageInspect)),
        // the list of contents of an archive has tags too
        (r#"[{"Config":"x.json","RepoTags":["a:b"],"Layers":[]}]"#, None),
        (r#"{"schemaVersion":2,"config":{"architecture":"x"},"layers":[]}"#, None),
        (r#"{"manifests":[{"platform":{"architecture":"amd64","rootfs":1}}]}"#, None),
        (r#"{"HostConfig":{},"Image":"x"}"#, None),
        (r#"{"a":{"rootfs":{},"architecture":"x"}}"#, None),
        (r#"{"a":"rootfs","b":["architecture","rootfs"]}"#, None),
        (r#"[["architecture","rootfs"]]"#, None),
        (r#"{"services":{}}"#, None),
        ("services:\n  \"rootfs\": {}\n", None),
        ("[]", None),
        ("{", None),
        ("[", None),
        ("\"rootfs\"", None),
        ("", None),
    ] {
        assert_eq!(recognise(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_configuration_is_named_with_the_way_out() {
    for (text, what, help) in [
        (r#"{"schemaVersion":2,"config":{"digest":"sha256:1"},"layers":[]}"#, "an image manifest,", "`config.digest`"),
        (r#"{"schemaVersion":2,"manifests":[]}"#, "an image index", "choose a manifest"),
        (r#"{"schemaVersion":1,"fsLayers":[]}"#, "old schema 1", "docker image inspect"),
        (r#"[{"Config":"c.json","RepoTags":null,"Layers":[]}]"#, "`docker save`", "`Config`"),
        (r#"{"imageLayoutVersion":"1.0.0"}"#, "OCI layout", "blobs"),
        (r#"{"mediaType":"x","digest":"y","size":1}"#, "a descriptor", "digest"),
        (r#"[{"Name":"v","Driver":"local","Mountpoint":"/x"}]"#, "a volume", "docker image inspect"),
        (r#"[{"Name":"n","IPAM":{}}]"#, "a network", "docker image inspect"),
        (r#"{"services":{}}"#, "a Compose project", ".yaml"),
        (r#"{"spdxVersion":"SPDX-2.3"}"#, "SPDX", "docker image inspect"),
        (r#"{"lockfileVersion":3}"#, "a lock file", "docker image inspect"),
        (r#"{"name":"x","private":true}"#, "its keys are `name`, `private`", "docker image inspect"),
        ("{}", "an empty object", "docker image inspect"),
        ("[]", "the list is empty", "the name is right"),
        ("[[]]", "this is a list", "docker image inspect"),
        ("[null]", "this is null", "docker image inspect"),
        ("17", "this is a number", "docker image inspect"),
        ("", "the file is empty", "docker image inspect"),
        (" \n", "the file is empty", "docker image inspect"),
        ("{\"rootfs\":{},\"config\":{\"User\":\"a", "this is not JSON", "cut short"),
        ("[{\"rootfs\":{},\"config\":{}}", "this is not JSON", "cut short"),
    ] {
        let loaded = read(SOURCE, text);
        assert!(loaded.images.is_empty(), "{text}");
        let [problem] = &loaded.problems[..] else { panic!("{text}: {:?}", loaded.problems) };
        assert!(problem.what.contains(what), "{text}: {}", problem.what);
        assert!(problem.help.contains(help), "{text}: {}", problem.help);
    }
}

#[test]
fn one_stranger_in_a_list_does_not_spoil_the_others() {
    let (told, images) = troubles(r#"[{"RootFS":{},"Config":{}},{"x":1},{"State":{},"HostConfig":{}}]"#);
    assert_eq!(told, ["\"x\": this is no image configuration: its keys are `x`"]);
    assert_eq!(images.iter().map(|i| i.shape).collect::<Vec<_>>(), [Shape::ImageInspect, Shape::ContainerInspect]);
}

#[test]
fn objects_one_after_another_are_read_up_to_the_second() {
    let (told, images) = troubles("{\"RootFS\":{},\"Config\":{\"User\":\"a\"}}\n{\"RootFS\":{}}\n");
    assert_eq!(images.len(), 1);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("there is more after the end of the JSON"), "{told:?}");
}
