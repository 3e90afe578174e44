use super::*;
use crate::source::SourceId;

/// What a command listens on in an environment: its ports, and why there may be others.
fn of(command: &str, environment: &[(&str, &str)]) -> (Vec<u16>, Option<String>) {
    let place = Span::new(SourceId(0), 0..1);
    let argv: Vec<_> = command.split(' ').map(|word| Spanned::new(word.to_string(), place)).collect();
    let variable = |name: &str| {
        let found = environment.iter().find(|(known, _)| *known == name);
        Ok(found.map(|(_, value)| (value.to_string(), place)))
    };
    let mut listening = Listening::default();
    server::of_command(&argv, &Around { variable: &variable, built: true, redis: None }, &mut listening);
    (listening.decided().map(|listened| listened.port).collect(), listening.open)
}

#[test]
fn servers_listen_where_they_are_told_or_by_default() {
    let table: &[(&str, &[u16])] = &[
        ("uvicorn app:app --host 0.0.0.0 --port 8080", &[8080]),
        ("uvicorn app:app --port=8080", &[8080]),
        ("uvicorn app:app", &[8000]),
        ("uvicorn app:app --uds /run/app.sock --port 8000", &[8000]),
        ("python -m uvicorn app:app --port 9000", &[9000]),
        ("python3.11 -u -m gunicorn -b 0.0.0.0:8001 app:app", &[8001]),
        ("gunicorn --bind=:8000 -b unix:/run/g.sock app:app", &[8000]),
        ("gunicorn -b[::]:8000 -b 127.0.0.1:9000 app:app", &[8000, 9000]),
        ("hypercorn app:app -b 0.0.0.0:5000", &[5000]),
        ("granian app:app --port 8100", &[8100]),
        ("python manage.py runserver 0.0.0.0:8000", &[8000]),
        ("python manage.py runserver", &[8000]),
        ("django-admin runserver 9000", &[9000]),
        ("python -m http.server 8080", &[8080]),
        ("python -m http.server --directory /srv", &[8000]),
        ("flask --app web run -p 5001", &[5001]),
        ("fastapi run main.py --port 80", &[80]),
        ("fastapi run main.py", &[8000]),
        ("next start -p 4000", &[4000]),
        ("node_modules/.bin/next start", &[3000]),
        ("node node_modules/next/dist/bin/next start --port 3001", &[3001]),
        ("vite preview --host --port 8080", &[8080]),
        ("http-server dist -p 8081", &[8081]),
        ("serve -s build -l 3000", &[3000]),
        ("serve -s build -l tcp://0.0.0.0:5000", &[5000]),
        ("php -S 0.0.0.0:8000 -t public", &[8000]),
        ("redis-server --appendonly yes", &[6379]),
        ("redis-server --port 6380", &[6380]),
        ("postgres", &[5432]),
        ("postgres -c max_connections=200 -c port=5433", &[5433]),
        ("postgres -p 5434", &[5434]),
        ("puma -b tcp://0.0.0.0:9292", &[9292]),
    ];
    for (command, ports) in table {
        let (found, open) = of(command, &[]);
        assert_eq!(found, *ports, "{command}");
        assert_eq!(open.is_some(), command.contains("--uds"), "{command}: {open:?}");
    }
}

#[test]
fn variables_say_what_options_do_not() {
    let table = [
        ("uvicorn app:app", ("UVICORN_PORT", "8123"), 8123),
        ("uvicorn app:app --port 8000", ("PORT", "3000"), 8000),
        ("next start", ("PORT", "8080"), 8080),
        ("node server.js", ("PORT", "3000"), 3000),
        ("/srv/service", ("PORT", "3000"), 3000),
        ("postgres", ("PGPORT", "5433"), 5433),
    ];
    for (command, variable, port) in table {
        assert_eq!(of(command, &[variable]), (vec![port], None), "{command}");
    }
}

#[test]
fn what_a_configuration_may_say_stays_open() {
    let table: &[(&str, &[(&str, &str)])] = &[
        ("node server.js", &[]),
        ("gunicorn app:app", &[]),
        ("gunicorn app:app", &[("PORT", "8000")]),
        ("hypercorn -c hypercorn.toml app:app", &[]),
        ("redis-server /etc/redis.conf", &[]),
        ("postgres -c config_file=/etc/postgresql.conf", &[]),
        ("vite preview", &[]),
        ("uvicorn app:app --port $PORT", &[]),
        ("fastapi run", &[("PORT", "9000")]),
        ("nginx -g daemon", &[("PORT", "9000")]),
        ("java -jar app.jar", &[("PORT", "9000")]),
        ("node server.js", &[("PORT", "tcp://10.0.0.1:80")]),
        ("uvicorn app:app --port", &[]),
        ("uvicorn app:app --port 99999999999999999999", &[]),
    ];
    for (command, environment) in table {
        assert!(of(command, environment).1.is_some(), "{command}");
    }
}
