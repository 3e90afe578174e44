//! Clients of databases, brokers and gRPC services.

use super::*;

#[test]
fn clients_and_where_they_ask() {
    assert_described(&[
        ("redis-cli ping", "redis-cli ping"),
        ("redis-cli -h 127.0.0.1 -p 6380 ping", "redis-cli ping at 127.0.0.1:6380"),
        ("redis-cli --no-auth-warning -a secret ping | grep PONG", "redis-cli ping"),
        ("redis-cli --raw incr ping", "redis-cli incr"),
        ("redis-cli -s /run/redis.sock PING", "redis-cli ping at /run/redis.sock"),
        ("redis-cli -u redis://:secret@localhost:6381 ping", "redis-cli ping at localhost:6381"),
        ("valkey-cli ping", "valkey-cli ping"),
        ("pg_isready", "pg_isready"),
        ("pg_isready -U postgres -d app -q -t 3", "pg_isready"),
        ("pg_isready -U $POSTGRES_USER -d ${POSTGRES_DB}", "pg_isready"),
        ("pg_isready -h localhost -p 5433", "pg_isready at localhost:5433"),
        ("pg_isready -h /var/run/postgresql", "pg_isready at /var/run/postgresql"),
        ("pg_isready -d postgres://u:p@localhost:5434/app", "pg_isready at localhost:5434"),
        ("su-exec postgres pg_isready", "pg_isready"),
        ("psql -U app -c 'select 1'", "psql"),
        ("psql -t -h db -c 'select 1'", "psql at db:5432"),
        ("pg_isready -t 5 -h db", "pg_isready at db:5432"),
        ("mysqladmin ping -h localhost -u root -p$MYSQL_ROOT_PASSWORD", "mysqladmin"),
        ("mysqladmin ping -uroot -phunter2", "mysqladmin"),
        ("mysqladmin ping -h 127.0.0.1 -P 3307", "mysqladmin at 127.0.0.1:3307"),
        ("healthcheck.sh --connect --innodb_initialized", "healthcheck.sh"),
        ("mongosh --eval \"db.adminCommand('ping')\"", "mongosh"),
        ("mongosh localhost:27018/test --quiet --eval 'db.runCommand({ping:1}).ok'", "mongosh at localhost:27018"),
        ("echo 'db.runCommand(\"ping\").ok' | mongosh localhost:27017/test --quiet", "mongosh"),
        ("mongo --host localhost --port 27019 --eval 'x'", "mongo at localhost:27019"),
        ("rabbitmq-diagnostics -q ping", "rabbitmq-diagnostics"),
        ("rabbitmq-diagnostics check_port_connectivity", "rabbitmq-diagnostics"),
        ("rabbitmqctl status", "rabbitmqctl"),
        ("kafka-topics.sh --bootstrap-server localhost:9092 --list", "kafka-topics.sh"),
        ("kafka-topics.sh --list --bootstrap-server kafka:29092", "kafka-topics.sh at kafka:29092"),
        ("curl -sf http://localhost:9200/_cluster/health", "curl http://localhost:9200/_cluster/health"),
        ("grpc_health_probe -addr=:50051", "grpc_health_probe localhost:50051"),
        ("grpc-health-probe -addr localhost:9090", "grpc-health-probe localhost:9090"),
        ("/bin/grpc_health_probe --addr=localhost:$PORT", "grpc_health_probe localhost:$PORT"),
    ]);
}

#[test]
fn who_takes_an_error_for_an_answer() {
    let table = [
        ("redis-cli ping", Some(false)),
        ("redis-cli -e ping", Some(true)),
        ("redis-cli ping | grep PONG", Some(true)),
        ("[ \"$(redis-cli ping)\" = PONG ]", Some(true)),
        ("redis-cli ping | cat", Some(false)),
        ("pg_isready", Some(true)),
        ("mysqladmin ping", Some(false)),
        ("mysql -e 'select 1'", Some(true)),
        ("healthcheck.sh --connect", Some(true)),
        ("mongosh --eval 'db.adminCommand(1)'", Some(false)),
        ("mongosh --eval 'if (!db.x().ok) quit(1)'", Some(true)),
        ("mongosh --eval 'db.x().ok' | grep 1", Some(true)),
        ("rabbitmq-diagnostics ping", Some(true)),
        ("grpc_health_probe -addr=:1", Some(true)),
        ("/app --healthcheck", None),
    ];
    for (text, fails) in table {
        assert_eq!(only(text).fails_on_error_status, fails, "{text}");
    }
}

#[test]
fn passwords_among_arguments_are_noticed_and_never_shown() {
    let table = [
        ("redis-cli -a hunter2 ping", true),
        ("redis-cli -a $REDIS_PASSWORD ping", true),
        ("REDISCLI_AUTH=hunter2 redis-cli ping", false),
        ("redis-cli -u redis://:hunter2@localhost ping", true),
        ("mysqladmin ping -phunter2", true),
        ("mysqladmin ping --password=hunter2", true),
        ("mysqladmin ping", false),
        ("curl -f -u admin:hunter2 localhost", true),
        ("curl -f http://admin:hunter2@localhost/", true),
        ("mongosh -u a -p hunter2 --eval x", true),
        ("pg_isready -p 5432", false),
    ];
    for (text, shown) in table {
        assert_eq!(only(text).shows_password, shown, "{text}");
        assert!(!describe(&shell(text)).contains("hunter2"), "{text}");
        assert!(!format!("{:?}", shell(text).checks).contains("hunter2"), "{text}");
    }
}

#[test]
fn ports_are_those_of_the_protocol_unless_given() {
    let table = [
        ("redis-cli ping", Some(Given::Value(6379))),
        ("pg_isready", Some(Given::Value(5432))),
        ("mysqladmin ping", Some(Given::Value(3306))),
        ("mongosh --eval x", Some(Given::Value(27017))),
        ("curl -f https://localhost", Some(Given::Value(443))),
        ("grpc_health_probe", Some(Given::Unknown)),
        ("/app --healthcheck", None),
        ("rabbitmqctl status", None),
    ];
    for (text, port) in table {
        assert_eq!(only(text).target.port().cloned(), port, "{text}");
    }
}
