//! curl, wget, netcat and the URLs they are given.

use super::*;

#[test]
fn urls_come_apart() {
    let port = |number| Given::Value(number);
    let table: &[(&str, Scheme, &str, u16, &str)] = &[
        ("http://localhost:3000/health", Scheme::Http, "localhost", 3000, "/health"),
        ("http://localhost", Scheme::Http, "localhost", 80, "/"),
        ("https://localhost", Scheme::Https, "localhost", 443, "/"),
        ("HTTPS://LocalHost/", Scheme::Https, "localhost", 443, "/"),
        ("localhost:8080/health", Scheme::Http, "localhost", 8080, "/health"),
        ("localhost", Scheme::Http, "localhost", 80, "/"),
        ("http://127.0.0.1:80", Scheme::Http, "127.0.0.1", 80, "/"),
        ("http://[::1]:8080/x", Scheme::Http, "::1", 8080, "/x"),
        ("http://[::1]/x", Scheme::Http, "::1", 80, "/x"),
        ("http://localhost:/x", Scheme::Http, "localhost", 80, "/x"),
        ("'http://localhost?full=1'", Scheme::Http, "localhost", 80, "/"),
        ("'http://localhost:81/a?b=/c#d'", Scheme::Http, "localhost", 81, "/a"),
        ("'http://localhost/#/ready'", Scheme::Http, "localhost", 80, "/"),
        ("http://user:p@ss@localhost:9200/_cluster/health", Scheme::Http, "localhost", 9200, "/_cluster/health"),
        ("'localhost/?next=http://other:1/'", Scheme::Http, "localhost", 80, "/"),
    ];
    for (url, scheme, host, number, path) in table {
        let http = http(&format!("curl -f {url}"));
        assert_eq!(http.scheme, *scheme, "{url}");
        assert_eq!(http.address.host, value(host), "{url}");
        assert_eq!(http.address.port, port(*number), "{url}");
        assert_eq!(http.path, value(path), "{url}");
    }
}

#[test]
fn variables_in_urls_stay_what_they_are() {
    let variable = |name: &str, default| Given::Variable { name: name.to_string(), default };
    let table = [
        ("curl -f http://localhost:${PORT:-3000}/health", variable("PORT", Some(3000))),
        ("curl -f http://localhost:${PORT-3000}/health", variable("PORT", Some(3000))),
        ("curl -f http://localhost:$PORT/health", variable("PORT", None)),
        ("curl -f \"http://localhost:${PORT}/health\"", variable("PORT", None)),
        ("curl -f localhost:$PORT/health", variable("PORT", None)),
        ("curl -f http://localhost:${PORT:-$OTHER}/health", variable("PORT", None)),
        ("curl -f http://localhost:${PORT:-${P:-90}}/health", variable("PORT", Some(90))),
        ("curl -f http://localhost:80$X/health", Given::Unknown),
        ("curl -f http://localhost:$(cat /port)/health", Given::Unknown),
        ("curl -f http://localhost:99999/health", Given::Unknown),
        ("curl -f 'http://localhost:$PORT/health'", Given::Unknown),
        ("curl -f http://$HOSTNAME/health", Given::Value(80)),
        ("curl -f http://$HOST/health", Given::Unknown),
        ("curl -f http://$HOST:82/health", Given::Value(82)),
        ("curl -f ${HOST:-localhost}:83/health", Given::Value(83)),
    ];
    for (text, port) in table {
        let http = http(text);
        assert_eq!(http.address.port, port, "{text}");
        assert_eq!(http.path, value("/health"), "{text}");
    }
    assert_eq!(http("curl -f $URL").path, Given::Unknown, "the variable may hold any part");
    assert_eq!(http("curl -f $BASE/health").path, Given::Unknown, "the variable may hold the start of the path");
    assert_eq!(http("curl -f localhost$HEALTH").path, value("/"), "what is behind the host is not known to be a path");
    assert_eq!(http("curl -f localhost/$P").path, Given::Unknown, "half a path is none");
    assert_eq!(http("curl -f ${SCHEME:-https}://localhost/").address.port, Given::Unknown, "it depends on the scheme");
}

#[test]
fn a_variable_takes_the_value_of_the_environment() {
    let port = http("curl -f http://localhost:${PORT:-3000}/").address.port;
    assert_eq!(port.within(|_| Some("8080".to_string())), Some(8080));
    assert_eq!(port.within(|_| None), Some(3000));
    assert_eq!(port.within(|_| Some(String::new())), Some(3000), "empty is not set");
    assert_eq!(port.within(|_| Some("x".to_string())), None);
    assert_eq!(port.value(), None);
}

#[test]
fn hosts_are_the_container_or_not() {
    let table = [
        ("localhost", Some(true)),
        ("127.0.0.1", Some(true)),
        ("127.1.2.3", Some(true)),
        ("[::1]", Some(true)),
        ("0.0.0.0", Some(true)),
        ("$HOSTNAME", Some(true)),
        ("api", Some(true)),
        ("db", Some(false)),
        ("example.com", Some(false)),
        ("$HOST", None),
    ];
    for (host, own) in table {
        assert_eq!(http(&format!("curl -f http://{host}/")).address.is_own(Some("api")), own, "{host}");
    }
}

#[test]
fn curl_fails_only_if_told_to() {
    let table = [
        ("curl -f http://localhost/", Some(true)),
        ("curl --fail http://localhost/", Some(true)),
        ("curl --fail-with-body http://localhost/", Some(true)),
        ("curl -fsS http://localhost/ || exit 1", Some(true)),
        ("curl -sf http://localhost/", Some(true)),
        ("curl -kfL http://localhost/", Some(true)),
        ("curl http://localhost/ -f", Some(true)),
        ("curl -s http://localhost/", Some(false)),
        ("curl -so /f http://localhost/", Some(false)),
        ("curl -o f http://localhost/", Some(false)),
        ("curl --fail-early http://localhost/", Some(false)),
        ("curl -s -o /dev/null -w '%{http_code}' http://localhost/", Some(false)),
        ("curl -s -o /dev/null -w '%{http_code}' http://localhost/ | grep -q 200", Some(true)),
        ("[ \"$(curl -s -o /dev/null -w '%{http_code}' localhost)\" = 200 ]", Some(true)),
        ("test $(curl -s -o /dev/null -w %{http_code} localhost) -eq 200", Some(true)),
        ("curl -s http://localhost/ | grep -q UP", None),
        ("curl -s http://localhost/ | cat", Some(false)),
    ];
    for (text, fails) in table {
        assert_eq!(only(text).fails_on_error_status, fails, "{text}");
    }
}

#[test]
fn values_of_curl_options_are_no_urls() {
    let table = [
        "curl -f -o /dev/null http://localhost:3000/health",
        "curl -fso /dev/null http://localhost:3000/health",
        "curl -f -m 5 --connect-timeout 2 --max-time 3 http://localhost:3000/health",
        "curl -f -H 'Host: x' -X POST -A agent -u user -d a=b http://localhost:3000/health",
        "curl -f --retry 3 --retry-delay 1 -e ref -b c -c jar -T up -K conf http://localhost:3000/health",
        "curl -f --cacert a --cert b --key c --data d --header e --request GET --output f http://localhost:3000/health",
        "curl -f --resolve a:1:2 --user u --interface lo http://localhost:3000/health",
        "curl -f --url http://localhost:3000/health",
        "curl -f --url=http://localhost:3000/health -o x",
        "curl -f $OPTIONS http://localhost:3000/health",
        "timeout 3 curl -f http://localhost:3000/health",
        "timeout -s KILL 3 curl -f http://localhost:3000/health",
        "timeout -k 1 3 curl -f http://localhost:3000/health",
        "timeout -t 3 curl -f http://localhost:3000/health",
        "sh -c 'curl -f http://localhost:3000/health'",
        "sh -c \"curl -f http://localhost:3000/health || exit 1\"",
    ];
    for text in table {
        assert_eq!(describe(&shell(text)), "curl http://localhost:3000/health", "{text}");
    }
    let probe = shell("curl -f http://localhost/a http://localhost/b");
    assert_eq!(describe(&probe), "curl http://localhost/a, curl http://localhost/b", "each URL is asked");
}

#[test]
fn sockets_have_no_port() {
    let check = only("curl -f --unix-socket /run/app.sock http://localhost/health");
    assert_eq!(check.target.port(), None);
    assert_eq!(check.target.address().and_then(|address| address.socket.as_deref()), Some("/run/app.sock"));
    let shown = describe(&shell("curl -f --unix-socket /run/app.sock http://localhost/health"));
    assert_eq!(shown, "curl http:///run/app.sock/health");
}

#[test]
fn wget_of_gnu_and_busybox() {
    let table = [
        "wget --spider -q http://localhost:3000/health",
        "wget -q -O- http://localhost:3000/health",
        "wget -qO- http://localhost:3000/health || exit 1",
        "wget -qO - http://localhost:3000/health",
        "wget -O /dev/null --tries=1 --timeout=3 http://localhost:3000/health",
        "wget -t 1 -T 3 --no-check-certificate -nv -S http://localhost:3000/health",
        "wget --no-verbose --tries 1 --spider http://localhost:3000/health",
        "wget -q -O /dev/null -T 3 -S -Y off -c -P /tmp -U agent http://localhost:3000/health",
        "wget --header 'A: b' --post-data x http://localhost:3000/health",
        "busybox wget -q --spider localhost:3000/health",
    ];
    for text in table {
        assert_eq!(describe(&shell(text)), "wget http://localhost:3000/health", "{text}");
        assert_eq!(only(text).fails_on_error_status, Some(true), "wget fails by itself: {text}");
    }
}

#[test]
fn bare_connections_ask_a_port() {
    assert_described(&[
        ("nc -z localhost 5432", "nc localhost:5432"),
        ("nc -zv localhost 5432", "nc localhost:5432"),
        ("nc -w 1 localhost 5432 || exit 1", "nc localhost:5432"),
        ("nc -z -w1 ::1 80", "nc [::1]:80"),
        ("nc -z localhost $PORT", "nc localhost:$PORT"),
        ("bash -c '</dev/tcp/localhost/5432'", "bash localhost:5432"),
        ("timeout 1 bash -c 'cat < /dev/null > /dev/tcp/127.0.0.1/5672'", "bash 127.0.0.1:5672"),
        ("bash -c ':> /dev/tcp/127.0.0.1/8080' || exit 1", "bash 127.0.0.1:8080"),
        ("echo > /dev/tcp/localhost/${PORT:-80}", "bash localhost:$PORT"),
        ("(echo > /dev/tcp/localhost/81) >/dev/null 2>&1", "bash localhost:81"),
        ("echo ruok | nc localhost 2181 | grep imok", "nc localhost:2181"),
        ("curl -s telnet://localhost:5432", "curl localhost:5432"),
    ]);
    for text in ["nc -z localhost 1", "bash -c '</dev/tcp/localhost/1'"] {
        assert_eq!(only(text).fails_on_error_status, None, "nothing answers with an error: {text}");
    }
}

#[test]
fn a_request_by_hand_is_http() {
    let text = "exec 3<>/dev/tcp/localhost/9000; echo -e 'GET /health/ready HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n' >&3; grep UP <&3";
    assert_eq!(describe(&shell(text)), "bash http://localhost:9000/health/ready");
    let text = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc localhost 8080 | grep -q 200";
    assert_eq!(describe(&shell(text)), "nc http://localhost:8080/");
}
