//! One-liners of interpreters.

use super::*;

fn described(words: &[&str]) -> String {
    describe(&exec(words))
}

#[test]
fn javascript() {
    let table = [
        (
            "require('http').get('http://localhost:3000/health', r => process.exit(r.statusCode === 200 ? 0 : 1))",
            "node http://localhost:3000/health",
        ),
        (
            "fetch('http://localhost:3000/health').then(r=>process.exit(r.ok?0:1)).catch(()=>process.exit(1))",
            "node http://localhost:3000/health",
        ),
        ("fetch(\"http://localhost:3000/health\")", "node http://localhost:3000/health"),
        ("fetch(`http://localhost:${process.env.PORT || 3000}/health`)", "node http://localhost:$PORT/health"),
        ("fetch(`http://localhost:${process.env.PORT ?? '3000'}/health`)", "node http://localhost:$PORT/health"),
        ("fetch('http://localhost:' + (process.env.PORT || 3000) + '/health')", "node http://localhost:$PORT/health"),
        ("fetch('http://localhost:'+process.env['PORT']+'/health')", "node http://localhost:$PORT/health"),
        ("const port=1;fetch('http://localhost:' + port + '/health')", "node http://localhost:…/health"),
        ("fetch(`http://localhost:${port}/health`)", "node http://localhost:…/health"),
        (
            "require('http').get({host:'localhost', port: 3000, path: '/health'}, r => {})",
            "node http://localhost:3000/health",
        ),
        (
            "const o={hostname:'127.0.0.1',port:process.env.PORT||8080,path:'/health?x',timeout:2000};require('http').request(o)",
            "node http://127.0.0.1:$PORT/health",
        ),
        ("require('http').get({port: 3000, path: '/health'})", "node http://localhost:3000/health"),
        ("require('https').get({port: 3443, path: '/health'})", "node https://localhost:3443/health"),
        ("require(\"node:http\").get({\"port\": 3000, \"path\": \"/health\"})", "node http://localhost:3000/health"),
        ("require('net').connect(5432, 'localhost')", "node localhost:5432"),
        ("require('net').createConnection({port: 5432})", "node localhost:5432"),
        ("process.exit(0)", "node"),
    ];
    for (code, expected) in table {
        assert_eq!(described(&["node", "-e", code]), expected, "{code}");
    }
    assert_eq!(described(&["node", "--input-type=module", "--eval", table[2].0]), table[2].1);
    assert_eq!(described(&["/usr/bin/node", "-pe", table[2].0]), table[2].1);
    assert_eq!(described(&["bun", "-e", table[2].0]), "bun http://localhost:3000/health");
    assert_eq!(described(&["deno", "eval", "--quiet", table[2].0]), "deno http://localhost:3000/health");
    assert_eq!(
        described(&["node", "health.js", "-e", table[2].0]),
        "node health.js",
        "behind the script it is no option"
    );
}

#[test]
fn the_default_of_an_environment_variable() {
    let probe = exec(&["node", "-e", "fetch(`http://localhost:${process.env.PORT || 3000}/`)"]);
    let port = probe.checks[0].target.port().cloned();
    assert_eq!(port, Some(Given::Variable { name: "PORT".to_string(), default: Some(3000) }));
    assert_eq!(probe.unexpanded, [], "`${{` in code is not a shell's");
    let probe = shell("node -e \"fetch('http://localhost:${PORT:-3001}/')\"");
    let port = probe.checks[0].target.port().cloned();
    assert_eq!(port, Some(Given::Variable { name: "PORT".to_string(), default: Some(3001) }), "the shell expands it");
}

#[test]
fn python() {
    let table = [
        (
            "import urllib.request; urllib.request.urlopen('http://localhost:8000/health')",
            "python http://localhost:8000/health",
        ),
        (
            "import requests; requests.get(\"http://localhost:8000/health\").raise_for_status()",
            "python http://localhost:8000/health",
        ),
        (
            "import os,urllib.request as u; u.urlopen(f'http://localhost:{os.environ.get(\"PORT\", 8000)}/health')",
            "python http://localhost:$PORT/health",
        ),
        (
            "import os,urllib.request as u; u.urlopen('http://localhost:' + os.getenv('PORT', '8000') + '/health')",
            "python http://localhost:$PORT/health",
        ),
        (
            "import os,urllib.request as u; u.urlopen('http://localhost:' + str(os.environ['PORT']) + '/health')",
            "python http://localhost:$PORT/health",
        ),
        (
            "import http.client as h; c=h.HTTPConnection('localhost', 8000); c.request('GET', '/health')",
            "python http://localhost:8000/health",
        ),
        (
            "import http.client; c=http.client.HTTPConnection('localhost:8000'); c.request('GET','/health')",
            "python http://localhost:8000/health",
        ),
        ("import socket; socket.create_connection(('localhost', 5432), 2)", "python localhost:5432"),
        ("import socket; s=socket.socket(); s.connect(('127.0.0.1', 80))", "python 127.0.0.1:80"),
        (
            "import socket,os; socket.create_connection(('localhost', int(os.environ['PORT'])))",
            "python localhost:$PORT",
        ),
    ];
    for (code, expected) in table {
        assert_eq!(described(&["python", "-c", code]), expected, "{code}");
    }
    assert_eq!(described(&["python3.12", "-u", "-c", table[0].0]), "python3.12 http://localhost:8000/health");
    assert_eq!(described(&["python", "-m", "app.health"]), "python app.health");
}

#[test]
fn others_by_their_urls() {
    assert_eq!(
        described(&["php", "-r", "exit(file_get_contents('http://localhost/up') ? 0 : 1);"]),
        "php http://localhost/up"
    );
    assert_eq!(
        described(&["ruby", "-rnet/http", "-e", "Net::HTTP.get(URI('http://localhost:3000/up'))"]),
        "ruby http://localhost:3000/up"
    );
    assert_eq!(described(&["perl", "-e", "use LWP; get(\"http://localhost/\")"]), "perl http://localhost/");
}

#[test]
fn who_looks_at_the_status() {
    let table = [
        ("node", "fetch('http://localhost/').then(r=>process.exit(r.ok?0:1))", Some(true)),
        ("node", "require('http').get('http://localhost/',r=>process.exit(r.statusCode==200?0:1))", Some(true)),
        ("node", "fetch('http://localhost/').then(r=>{if(!r.ok)throw 1})", Some(true)),
        ("node", "fetch('http://localhost/').then(({ok})=>process.exit(ok?0:1))", Some(true)),
        ("node", "require('axios').get('http://localhost/')", Some(true)),
        ("node", "fetch('http://localhost/').then(()=>process.exit(0)).catch(()=>process.exit(1))", Some(false)),
        ("node", "require('http').get('http://localhost/',r=>console.log(r.statusCode))", Some(false)),
        ("node", "fetch('http://localhost/')", Some(false)),
        ("python", "import urllib.request;urllib.request.urlopen('http://localhost/')", Some(true)),
        ("python", "import requests;requests.get('http://localhost/')", Some(false)),
        ("python", "import requests;requests.get('http://localhost/').raise_for_status()", Some(true)),
        ("python", "import requests,sys;sys.exit(0 if requests.get('http://localhost/').ok else 1)", Some(true)),
        ("python", "import httpx;assert httpx.get('http://localhost/').status_code==200", Some(true)),
        ("php", "file_get_contents('http://localhost/');", None),
    ];
    for (program, code, fails) in table {
        let option = match program {
            "python" => "-c",
            "php" => "-r",
            _ => "-e",
        };
        assert_eq!(exec(&[program, option, code]).checks[0].fails_on_error_status, fails, "{code}");
    }
}
