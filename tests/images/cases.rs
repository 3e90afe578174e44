//! Dockerfiles to be judged by themselves and as the images that are built from them.

use crate::program::Folder;

/// A Dockerfile with its context.
pub struct Case {
    pub name: &'static str,
    pub dockerfile: &'static str,
    /// Further files: path, mode (octal), content.
    pub files: &'static [(&'static str, u32, &'static str)],
    /// Controls on which the Dockerfile alone and the image have to be so, in this order.
    pub verdicts: &'static [(&'static str, &'static str, &'static str)],
    /// Controls that stay open, as what decides them is code.
    pub open: &'static [&'static str],
}

impl Case {
    /// Writes it into a folder of its own.
    pub fn write(&self, into: &Folder) {
        into.write(&format!("{}/Dockerfile", self.name), self.dockerfile);
        for (path, mode, content) in self.files {
            let path = format!("{}/{path}", self.name);
            into.write(&path, content);
            into.mode(&path, *mode);
        }
    }
}

const ELF: &str = "\x7fELF not a real one";
const SERVER: &str = "require('http').createServer().listen(3000)\n";
const INIT: &str = "root/usr/bin/dumb-init";
/// A root file system that brings an account and a server, and a shell that is dash.
const SYSTEM: &[(&str, u32, &str)] = &[
    ("root/etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\napp:x:1001:1001::/home/app:/bin/sh\n"),
    ("root/etc/group", 0o644, "root:x:0:\napp:x:1001:\n"),
    ("root/usr/local/bin/node", 0o755, ELF),
    ("root/usr/local/bin/start.sh", 0o755, "#!/bin/sh\nset -e\nexec node /app/server.js\n"),
    ("root/usr/bin/curl", 0o755, ELF),
    ("root/bin/dash", 0o755, ELF),
    ("root/bin/sh", 0o755, ELF),
    (INIT, 0o755, ELF),
    (
        "root/usr/local/include/node/node_version.h",
        0o644,
        "#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 11\n#define NODE_PATCH_VERSION 1\n",
    ),
    ("root/app/server.js", 0o644, SERVER),
];

const GOOD_SITE: &str = "gzip on;\ngzip_types text/css application/javascript application/json;\n\
server {\n    listen 8080;\n    root /usr/share/nginx/html;\n    add_header X-Frame-Options DENY always;\n    \
add_header X-Content-Type-Options nosniff always;\n    add_header X-XSS-Protection \"1; mode=block\" always;\n    \
location / { try_files $uri $uri/ /index.html; }\n    location /health { access_log off; return 200 \"ok\"; }\n}\n";

/// The cases.
pub const CASES: &[Case] = &[
    Case {
        name: "root",
        dockerfile: "FROM node:20-alpine\nWORKDIR /app\nCOPY server.js ./\nCMD [\"node\", \"server.js\"]\n",
        files: &[("server.js", 0o644, SERVER)],
        verdicts: &[("non-root", "violated", "violated"), ("healthcheck", "violated", "violated")],
        open: &[],
    },
    Case {
        name: "user-by-name",
        dockerfile: "FROM node:20-alpine\nWORKDIR /app\nCOPY server.js ./\nUSER node\n\
                     HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
                     CMD [\"wget\", \"-q\", \"--spider\", \"http://127.0.0.1:3000/health\"]\nCMD [\"node\", \"server.js\"]\n",
        files: &[("server.js", 0o644, SERVER)],
        verdicts: &[
            ("non-root", "met", "met"),
            ("user-exists", "met", "met"),
            ("uid-1001", "violated", "violated"),
            ("healthcheck", "met", "met"),
            ("health-tool", "met", "met"),
            ("health-timing", "met", "met"),
        ],
        open: &["health-port"],
    },
    Case {
        name: "numeric-user",
        dockerfile: "FROM node:20-alpine\nWORKDIR /app\nCOPY server.js ./\nUSER 1001:1001\nCMD [\"node\", \"server.js\"]\n",
        files: &[("server.js", 0o644, SERVER)],
        verdicts: &[("non-root", "met", "met"), ("uid-1001", "met", "met")],
        open: &[],
    },
    Case {
        name: "user-not-there",
        dockerfile: "FROM node:20-alpine\nWORKDIR /app\nCOPY server.js ./\nUSER nodejs\nCMD [\"node\", \"server.js\"]\n",
        files: &[("server.js", 0o644, SERVER)],
        verdicts: &[("user-exists", "violated", "violated")],
        open: &["non-root", "uid-1001"],
    },
    Case {
        name: "shell-form",
        dockerfile: "FROM node:20-alpine\nWORKDIR /app\nCOPY server.js ./\nUSER 1001:1001\nENTRYPOINT []\n\
                     CMD node server.js && true\n",
        files: &[("server.js", 0o644, SERVER)],
        verdicts: &[("exec-form", "violated", "violated")],
        open: &[],
    },
    Case {
        name: "script-that-hands-over",
        dockerfile: "FROM scratch\nCOPY root/ /\nUSER app\nWORKDIR /app\n\
                     ENTRYPOINT [\"/usr/bin/dumb-init\", \"--\"]\nCMD [\"/usr/local/bin/start.sh\"]\n\
                     HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
                     CMD [\"curl\", \"-f\", \"http://127.0.0.1:3000/health\"]\n",
        files: SYSTEM,
        verdicts: &[
            ("non-root", "met", "met"),
            ("uid-1001", "inconclusive", "met"),
            ("user-exists", "inconclusive", "met"),
            ("exec-form", "met", "met"),
            ("init", "met", "met"),
            ("init-installed", "inconclusive", "met"),
            ("health-tool", "inconclusive", "met"),
        ],
        open: &["health-port"],
    },
    Case {
        name: "script-that-stays",
        dockerfile: "FROM node:20-alpine\nWORKDIR /app\nCOPY server.js ./\nCOPY start.sh /start.sh\nUSER 1001:1001\n\
                     ENTRYPOINT [\"/start.sh\"]\n",
        files: &[("server.js", 0o644, SERVER), ("start.sh", 0o755, "#!/bin/sh\nset -e\nnode /app/server.js\n")],
        verdicts: &[("exec-form", "violated", "violated")],
        open: &[],
    },
    Case {
        name: "tool-not-there",
        dockerfile: "FROM node:20-alpine\nWORKDIR /app\nCOPY server.js ./\nUSER 1001:1001\n\
                     HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
                     CMD curl -f http://127.0.0.1:3000/health || exit 1\nCMD [\"node\", \"server.js\"]\n",
        files: &[("server.js", 0o644, SERVER)],
        verdicts: &[("health-tool", "violated", "violated")],
        open: &["health-port"],
    },
    Case {
        name: "nginx-good",
        dockerfile: "FROM nginx:1.27-alpine\nCOPY site.conf /etc/nginx/conf.d/default.conf\nUSER nginx\n",
        files: &[("site.conf", 0o644, GOOD_SITE)],
        verdicts: &[("nginx-gzip", "met", "met"), ("nginx-spa", "met", "met"), ("nginx-health", "met", "met")],
        open: &[],
    },
    Case {
        name: "nginx-bad",
        dockerfile: "FROM nginx:1.27-alpine\nCOPY site.conf /etc/nginx/conf.d/default.conf\nUSER nginx\n",
        files: &[("site.conf", 0o644, "server {\n    listen 80;\n    location / { root /usr/share/nginx/html; }\n}\n")],
        verdicts: &[("nginx-gzip", "violated", "violated"), ("nginx-spa", "violated", "violated")],
        open: &[],
    },
    Case {
        name: "redis",
        dockerfile: "FROM redis:7.4-alpine\nCMD [\"redis-server\", \"--maxmemory\", \"128mb\", \
                     \"--maxmemory-policy\", \"allkeys-lru\"]\n",
        files: &[],
        verdicts: &[("redis-memory", "met", "met"), ("non-root", "met", "met")],
        open: &[],
    },
    Case {
        name: "redis-by-file",
        dockerfile: "FROM redis:7.4-alpine\nCOPY redis.conf /etc/redis/redis.conf\n\
                     CMD [\"redis-server\", \"/etc/redis/redis.conf\"]\n",
        files: &[("redis.conf", 0o644, "save 60 1\n")],
        verdicts: &[("redis-memory", "violated", "violated")],
        open: &[],
    },
    Case {
        name: "init-that-cannot-run",
        dockerfile: "FROM node:20-alpine\nCOPY dumb-init /usr/bin/dumb-init\nCOPY server.js /app/\nUSER 1001:1001\n\
                     ENTRYPOINT [\"/usr/bin/dumb-init\", \"--\"]\nCMD [\"node\", \"/app/server.js\"]\n",
        files: &[("server.js", 0o644, SERVER), ("dumb-init", 0o644, ELF)],
        verdicts: &[("init-installed", "met", "violated")],
        open: &[],
    },
];
