//! Base images as the table of well-known images has them, made of a few files that say what matters.

use crate::program::Folder;

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nbin:x:1:1:bin:/bin:/sbin/nologin\n\
                      nobody:x:65534:65534:nobody:/:/sbin/nologin\n";
const GROUP: &str = "root:x:0:root\nbin:x:1:root,bin\nnobody:x:65534:\n";
const PATH: &str = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n";
const ELF: &[u8] = b"\x7fELF not a real one";

/// Starts what it is given, as the entrypoints of official images do.
const HANDS_OVER: &str = "#!/bin/sh\nset -e\nexec \"$@\"\n";

/// The entrypoint of redis, which gives root up.
const GIVES_ROOT_UP: &str = "#!/bin/sh\nset -e\nif [ \"$1\" = 'redis-server' -a \"$(id -u)\" = '0' ]; then\n\
                             \texec su-exec redis \"$0\" \"$@\"\nfi\nexec \"$@\"\n";

const NGINX: &str = "user nginx;\nworker_processes auto;\npid /var/run/nginx.pid;\nevents { worker_connections 1024; }\n\
                     http {\n    include /etc/nginx/mime.types;\n    include /etc/nginx/conf.d/*.conf;\n}\n";
const SITE: &str = "server {\n    listen 80;\n    server_name localhost;\n    location / {\n        \
                    root /usr/share/nginx/html;\n        index index.html;\n    }\n}\n";

/// Writes what a base image is built from: its files, and a Dockerfile over nothing at all.
pub fn write(name: &str, into: &Folder, folder: &str) {
    let at = |path: &str| format!("{folder}/root/{path}");
    let (passwd, group, rest) = match name {
        "node:20-alpine" => {
            into.write(&at("usr/local/bin/node"), ELF);
            into.write(&at("usr/local/bin/docker-entrypoint.sh"), HANDS_OVER);
            let versions =
                "#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 11\n#define NODE_PATCH_VERSION 1\n";
            into.write(&at("usr/local/include/node/node_version.h"), versions);
            let rest = "ENV NODE_VERSION=20.11.1\nENTRYPOINT [\"docker-entrypoint.sh\"]\nCMD [\"node\"]\n";
            ("node:x:1000:1000::/home/node:/bin/sh\n", "node:x:1000:node\n", rest)
        }
        "nginx:1.27-alpine" => {
            into.write(&at("usr/sbin/nginx"), ELF);
            into.write(&at("usr/bin/curl"), ELF);
            into.write(&at("docker-entrypoint.sh"), HANDS_OVER);
            into.write(&at("etc/nginx/nginx.conf"), NGINX);
            into.write(&at("etc/nginx/mime.types"), "types { text/html html; }\n");
            into.write(&at("etc/nginx/conf.d/default.conf"), SITE);
            let rest = "EXPOSE 80\nSTOPSIGNAL SIGQUIT\nENTRYPOINT [\"/docker-entrypoint.sh\"]\n\
                        CMD [\"nginx\", \"-g\", \"daemon off;\"]\n";
            ("nginx:x:101:101:nginx:/var/cache/nginx:/sbin/nologin\n", "nginx:x:101:nginx\n", rest)
        }
        "redis:7.4-alpine" => {
            into.write(&at("usr/local/bin/redis-server"), ELF);
            into.write(&at("usr/local/bin/redis-cli"), ELF);
            into.write(&at("usr/local/bin/su-exec"), ELF);
            into.write(&at("usr/local/bin/docker-entrypoint.sh"), GIVES_ROOT_UP);
            let rest = "WORKDIR /data\nEXPOSE 6379\nENTRYPOINT [\"docker-entrypoint.sh\"]\nCMD [\"redis-server\"]\n";
            ("redis:x:999:1000:redis:/home/redis:/bin/sh\n", "redis:x:1000:redis\n", rest)
        }
        other => panic!("no base image {other}"),
    };
    into.write(&at("etc/passwd"), format!("{PASSWD}{passwd}"));
    into.write(&at("etc/group"), format!("{GROUP}{group}"));
    into.write(&at("bin/busybox"), ELF);
    into.link(&at("bin/sh"), "busybox");
    into.link(&at("usr/bin/wget"), "/bin/busybox");
    into.write(&format!("{folder}/Dockerfile"), format!("FROM scratch\nCOPY root/ /\n{PATH}{rest}"));
}
