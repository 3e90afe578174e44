use super::*;
use std::time::{Duration, Instant};

mod javascript;

/// What a command line comes to: `no`, `uvicorn: --reload`, `flask: FLASK_DEBUG=1 ($FLASK_DEBUG)`, `? why`.
/// `line` is split at blanks; leading `NAME=value` words are the container's environment.
fn told(line: &str, scripts: &[(&str, &str)]) -> String {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let is_assignment = |word: &&str| word.split_once('=').is_some_and(|(name, _)| !name.contains(['-', '/']));
    let set: Vec<(&str, &str)> =
        words.iter().take_while(|word| is_assignment(word)).filter_map(|word| word.split_once('=')).collect();
    words.drain(..set.len());
    told_words(&words, &set, scripts)
}

fn told_words(words: &[&str], set: &[(&str, &str)], scripts: &[(&str, &str)]) -> String {
    let find = |list: &[(&str, &str)], name: &str| {
        list.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
    };
    match of_command(words, &|name| find(set, name), &|name| find(scripts, name)) {
        Answer::No => "no".to_string(),
        Answer::Unknown(why) => format!("? {why}"),
        Answer::Yes(server) => {
            let variable = server.variable.map(|name| format!(" (${name})")).unwrap_or_default();
            let unset = server.unset.map(|name| format!(" (no ${name})")).unwrap_or_default();
            format!("{}: {}{variable}{unset}", server.program, server.sign)
        }
    }
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (line, expected) in cases {
        assert_eq!(told(line, &[]), *expected, "{line}");
    }
}

#[track_caller]
fn silent(lines: &[&str]) {
    for line in lines {
        assert_eq!(told(line, &[]), "no", "{line}");
    }
}

#[test]
fn python_servers() {
    check(&[
        ("uvicorn app:app --reload", "uvicorn: --reload"),
        ("uvicorn --reload app:app", "uvicorn: --reload"),
        ("/app/.venv/bin/uvicorn app:app --host 0.0.0.0 --reload", "uvicorn: --reload"),
        ("python -m uvicorn app:app --reload", "uvicorn: --reload"),
        ("python3 -u -X dev -m uvicorn app:app --reload", "uvicorn: --reload"),
        ("python3.12 -m uvicorn app:app --reload", "uvicorn: --reload"),
        ("python /usr/local/bin/uvicorn app:app --reload", "uvicorn: --reload"),
        ("poetry run uvicorn app:app --reload", "uvicorn: --reload"),
        ("uv run uvicorn app:app --reload", "uvicorn: --reload"),
        ("uv run --with uvicorn -m uvicorn app:app --reload", "uvicorn: --reload"),
        ("pipenv run uvicorn app:app --reload", "uvicorn: --reload"),
        ("python -m debugpy --listen 0.0.0.0:5678 -m uvicorn app:app --reload", "uvicorn: --reload"),
        ("UVICORN_RELOAD=true uvicorn app:app", "uvicorn: UVICORN_RELOAD=true ($UVICORN_RELOAD)"),
        ("UVICORN_RELOAD=On uvicorn app:app", "uvicorn: UVICORN_RELOAD=On ($UVICORN_RELOAD)"),
        ("fastapi dev main.py", "fastapi: fastapi dev"),
        ("fastapi dev --no-reload main.py", "fastapi: fastapi dev"),
        ("fastapi run main.py --reload", "fastapi: --reload"),
        ("gunicorn app:app --reload", "gunicorn: --reload"),
        ("GUNICORN_CMD_ARGS=--reload gunicorn app:app", "gunicorn: --reload ($GUNICORN_CMD_ARGS)"),
        ("hypercorn app:app --reload", "hypercorn: --reload"),
        ("granian --interface asgi app:app --reload", "granian: --reload"),
        ("GRANIAN_RELOAD=1 granian app:app", "granian: GRANIAN_RELOAD=1 ($GRANIAN_RELOAD)"),
        ("sanic server.app --dev", "sanic: --dev"),
        ("sanic server.app --reload", "sanic: --reload"),
        ("sanic server.app -r", "sanic: -r"),
        ("sanic server.app --debug", "sanic: --debug"),
        ("litestar run --reload", "litestar: --reload"),
        ("litestar --app main:app run -r", "litestar: -r"),
        ("litestar run --debug", "litestar: --debug"),
        ("LITESTAR_RELOAD=1 litestar run", "litestar: LITESTAR_RELOAD=1 ($LITESTAR_RELOAD)"),
        ("python manage.py runserver 0.0.0.0:8000", "manage.py: manage.py runserver"),
        ("python manage.py runserver --noreload", "manage.py: manage.py runserver"),
        ("./manage.py runserver_plus", "manage.py: manage.py runserver_plus"),
        ("django-admin runserver", "django-admin: django-admin runserver"),
        ("python -m django runserver", "django: django runserver"),
        ("python -m http.server 8000", "http.server: http.server"),
        ("watchfiles app.main", "watchfiles: watchfiles"),
        ("watchmedo auto-restart -- celery -A app worker", "watchmedo: watchmedo auto-restart"),
        ("jurigged app.py", "jurigged: jurigged"),
        ("ptw", "ptw: ptw"),
    ]);
}

#[test]
fn flask_is_one_whatever_the_options() {
    check(&[
        ("flask run", "flask: flask run"),
        ("flask --app web run --host 0.0.0.0", "flask: flask run"),
        ("flask -A run run", "flask: flask run"),
        ("python -m flask run", "flask: flask run"),
        ("flask run --no-reload", "flask: flask run"),
        ("flask run --debug", "flask: --debug"),
        ("flask run --reload", "flask: --reload"),
        ("flask --debug run", "flask: --debug"),
        ("FLASK_DEBUG=1 flask run", "flask: FLASK_DEBUG=1 ($FLASK_DEBUG)"),
        ("FLASK_DEBUG=True flask run", "flask: FLASK_DEBUG=True ($FLASK_DEBUG)"),
        ("FLASK_DEBUG=s3cret flask run", "flask: FLASK_DEBUG ($FLASK_DEBUG)"),
        ("FLASK_DEBUG=1 flask run --no-debug", "flask: flask run"),
        ("FLASK_DEBUG= flask run", "flask: flask run"),
        ("FLASK_DEBUG=0 flask run", "flask: flask run"),
        ("FLASK_DEBUG=False flask run", "flask: flask run"),
        ("FLASK_DEBUG=NO flask run", "flask: flask run"),
        ("FLASK_ENV=development flask run", "flask: FLASK_ENV=development ($FLASK_ENV)"),
        ("FLASK_ENV=production flask run", "flask: flask run"),
        ("env FLASK_DEBUG=1 flask run", "flask: FLASK_DEBUG=1 ($FLASK_DEBUG)"),
        (
            "FLASK_DEBUG=1 python app.py",
            "? whether `app.py` starts the server of Flask that `FLASK_DEBUG=1` is for is not known",
        ),
    ]);
    silent(&["flask db upgrade", "flask --app run routes", "flask", "FLASK_DEBUG=1 gunicorn web:app"]);
}

#[test]
fn python_servers_for_production() {
    silent(&[
        "uvicorn app:app --host 0.0.0.0 --workers 2",
        "uvicorn app:app --reload-dir x",
        "uvicorn app:app --reload-include *.toml --reload-delay 1",
        "uvicorn app:app --no-reload",
        "uvicorn app:app --reload=false",
        "UVICORN_RELOAD=false uvicorn app:app",
        "UVICORN_RELOAD=0 uvicorn app:app",
        "UVICORN_RELOAD= uvicorn app:app",
        "UVICORN_RELOAD=enabled uvicorn app:app",
        "UVICORN_RELOAD=1 gunicorn app:app",
        "GRANIAN_RELOAD=1 granian app:app --no-reload",
        "granian app:app --reload --no-reload",
        "fastapi run main.py",
        "fastapi run main.py --reload --no-reload",
        "fastapi run dev",
        "gunicorn app:app --reload-engine auto",
        "gunicorn app:app --no-reload",
        "GUNICORN_CMD_ARGS=--reload-engine=auto gunicorn app:app",
        "daphne app.asgi:application",
        "hypercorn app:app",
        "sanic server.app --workers 4",
        "litestar run",
        "litestar routes --debug",
        "python manage.py migrate",
        "python manage.py test runserver",
        "watchmedo shell-command x",
        "python app.py",
        "python dev.py --reload",
        "python -c print(1) --reload",
        "python",
        "python -m",
        "streamlit run app.py",
        "gradio app.py",
        "/app/dev/server",
        "celery -A app worker",
    ]);
}

#[test]
fn ruby_php_and_elixir() {
    check(&[
        ("rails s", "rails: rails s (no $RAILS_ENV)"),
        ("bin/rails server -b 0.0.0.0", "rails: rails server (no $RAILS_ENV)"),
        ("bundle exec rails s", "rails: rails s (no $RAILS_ENV)"),
        ("ruby bin/rails s", "rails: rails s (no $RAILS_ENV)"),
        ("RAILS_ENV=development rails s", "rails: RAILS_ENV=development ($RAILS_ENV)"),
        ("RAILS_ENV=production rails s -e development", "rails: rails s"),
        ("bin/dev", "bin/dev: bin/dev"),
        ("./bin/dev", "bin/dev: bin/dev"),
        ("rerun ruby app.rb", "rerun: rerun"),
        ("bundle exec shotgun", "shotgun: shotgun"),
        ("guard", "guard: guard"),
        ("php -S 0.0.0.0:8000 -t public", "php: php -S"),
        ("php -d x=1 -S 0.0.0.0:8000", "php: php -S"),
        ("php artisan serve --host=0.0.0.0", "artisan: artisan serve"),
        ("./artisan serve", "artisan: artisan serve"),
        ("symfony server:start", "symfony: symfony server:start"),
        ("symfony serve", "symfony: symfony serve"),
        ("php bin/console server:run", "console: console server:run"),
        ("mix phx.server", "mix: mix phx.server (no $MIX_ENV)"),
        ("iex -S mix phx.server", "mix: mix phx.server (no $MIX_ENV)"),
        ("MIX_ENV=dev mix phx.server", "mix: MIX_ENV=dev ($MIX_ENV)"),
    ]);
    silent(&[
        "RAILS_ENV=production rails s",
        "RACK_ENV=production rails server",
        "rails s -e production",
        "rails server --environment=production",
        "rails server --environment production",
        "rails db:migrate",
        "puma -C config/puma.rb",
        "dev",
        "yarn bundle",
        "php artisan queue:work",
        "php index.php -S",
        "php bin/console messenger:consume",
        "php-fpm",
        "MIX_ENV=prod mix phx.server",
        "mix ecto.migrate",
        "ruby -e puts(1)",
    ]);
}

#[test]
fn compiled_languages_and_watchers() {
    check(&[
        ("go run .", "go: go run"),
        ("go -C cmd run ./api", "go: go run"),
        ("air -c .air.toml", "air: air"),
        ("/go/bin/air", "air: air"),
        ("reflex -s go run .", "reflex: reflex"),
        ("CompileDaemon -command=./x", "CompileDaemon: CompileDaemon"),
        ("gow run .", "gow: gow"),
        ("fresh", "fresh: fresh"),
        ("realize start", "realize: realize"),
        ("cargo run --release", "cargo: cargo run"),
        ("cargo +nightly run", "cargo: cargo run"),
        ("cargo watch -x run", "cargo: cargo watch"),
        ("cargo-watch -x run", "cargo-watch: cargo-watch"),
        ("bacon", "bacon: bacon"),
        ("mvn spring-boot:run", "mvn: mvn spring-boot:run"),
        ("./mvnw -q spring-boot:run", "mvnw: mvnw spring-boot:run"),
        (
            "mvn org.springframework.boot:spring-boot-maven-plugin:run",
            "mvn: mvn org.springframework.boot:spring-boot-maven-plugin:run",
        ),
        ("mvn quarkus:dev", "mvn: mvn quarkus:dev"),
        ("mvn jetty:run", "mvn: mvn jetty:run"),
        ("gradle bootRun", "gradle: gradle bootRun"),
        ("./gradlew :app:bootRun", "gradlew: gradlew :app:bootRun"),
        ("./gradlew quarkusDev", "gradlew: gradlew quarkusDev"),
        ("dotnet watch run", "dotnet: dotnet watch"),
        ("dotnet run --project Api", "dotnet: dotnet run"),
        ("watchexec -r ./server", "watchexec: watchexec"),
        ("entr -r ./server", "entr: entr"),
        ("inotifywait -m /app", "inotifywait: inotifywait"),
        ("browser-sync start", "browser-sync: browser-sync"),
        ("live-server", "live-server: live-server"),
    ]);
    silent(&[
        "/app/air",
        "./fresh --dev",
        "/srv/guard",
        "go version",
        "cargo build",
        "java -jar app.jar spring-boot:run",
        "java -agentlib:jdwp=transport=dt_socket,server=y -jar app.jar",
        "mvn -Dspring-boot:run package",
        "gradle build",
        "dotnet Api.dll run",
        "dotnet Api.dll --watch",
        "nginx -g daemon off;",
        "",
    ]);
}

#[test]
fn options_are_whole_words() {
    silent(&[
        "uvicorn app:app --reloader",
        "uvicorn app:app x--reload",
        "uvicorn app:app --reload-dir=--reload",
        "uvicorn app:app -- --reload",
        "uvicorn-worker --reload",
        "webpack --watch-options-stdin",
        "nest start --watchAssets",
    ]);
}

#[test]
fn a_program_behind_a_variable_is_not_known() {
    check(&[("$SERVER --port 80", "? which program `$SERVER` is, is not known")]);
}

#[test]
fn words_of_texts_may_hold_blanks() {
    let told =
        |words: &[&str]| told_words(words, &[("OPTIONS", "--port 80 --reload")], &[("x", "uvicorn a:b $OPTIONS")]);
    assert_eq!(told(&["sh", "-c", "node migrate.js && exec npx nodemon server.js"]), "nodemon: nodemon");
    assert_eq!(told(&["bash", "-ec", "exec uvicorn app:app"]), "no");
    assert_eq!(told(&["sh", "-c", "uvicorn a:b '--reload'"]), "uvicorn: --reload");
    assert_eq!(told(&["sh", "-c", "while inotifywait -e modify .; do ./run; done"]), "inotifywait: inotifywait");
    assert_eq!(told(&["npm", "run", "x"]), "uvicorn: --reload", "a variable outside of quotes is split");
    assert_eq!(told(&["sh", "-c", "uvicorn a:b \"$OPTIONS\""]), "no", "one in quotes is one word");
    assert_eq!(told(&["sh", "script.sh"]), "no");
}

#[test]
fn hostile_commands_take_linear_time() {
    let scripts = |name: &str| -> Option<String> {
        match name {
            "wide" => Some((0..20_000).map(|n| format!("npm run s{n}; ")).collect()),
            "many" => Some("npm run wide; ".repeat(20_000)),
            "open" => Some("$(( ( { ` ${a:-".repeat(20_000)),
            "set" => Some(format!("{} nodemon-not $A $A", "A=$B ".repeat(20_000))),
            "grow" => Some("concurrently \"$X\" \"$X\" \"$X\"".to_string()),
            "words" => Some("x $BIG ".repeat(20_000)),
            name if name.starts_with('s') => Some("npm run wide && npm run many".to_string()),
            _ => None,
        }
    };
    let variable = |name: &str| match name {
        "X" => Some("concurrently \"$X\" \"$X\" \"$X\" \"$X\"".to_string()),
        "BIG" => Some("b ".repeat(10_000)),
        _ => None,
    };
    let timed = |words: &[&str]| {
        let start = Instant::now();
        of_command(words, &variable, &scripts);
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}: {:?}", &words[..3], start.elapsed());
    };
    for script in ["wide", "many", "open", "set", "grow", "words"] {
        timed(&["npm", "run", script]);
    }
    const WORDS: &[&str] =
        &["env", "npx", "python", "bundle", "exec", "--", "A=b", "-m", "npm", "run", "uv", "sh", "-c", "concurrently"];
    for word in WORDS {
        timed(&vec![*word; 50_000]);
    }
    let endless = of_command(&["npx"; 100], &variable, &scripts);
    assert_eq!(endless, Answer::Unknown("more than 16 programs start each other in the command".to_string()));
}
