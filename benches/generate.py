#!/usr/bin/env python3
"""Trees to measure on, of any size and always the same bytes.

    generate.py file FOLDER          one Dockerfile of 30 lines
    generate.py repository FOLDER    about 500 files: 35 Dockerfiles, 39 Compose files, sources between them
    generate.py fleet FOLDER COUNT   COUNT repositories, smaller: 8 Dockerfiles, 2 Compose files, 4 other files each

Only the standard library is used. Nothing is random: a tree is a function of its arguments.
"""

import pathlib
import sys

NODE = """\
# syntax=docker/dockerfile:1
ARG NODE_VERSION=22.{minor}.0
FROM node:${{NODE_VERSION}}-bookworm-slim AS build
WORKDIR /app

# Dependencies first, so that they are cached.
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm \\
    npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
RUN npm run build && \\
    npm prune --omit=dev

FROM node:${{NODE_VERSION}}-bookworm-slim
ENV NODE_ENV=production \\
    PORT=30{minor:02}
WORKDIR /app
RUN apt-get update && \\
    apt-get install --yes --no-install-recommends ca-certificates tini && \\
    rm -rf /var/lib/apt/lists/*
COPY --from=build --chown=node:node /app/node_modules ./node_modules
COPY --from=build --chown=node:node /app/dist ./dist
LABEL org.opencontainers.image.title="service-{number}"
EXPOSE 30{minor:02}
{user}
HEALTHCHECK --interval=30s --timeout=3s \\
    CMD ["node", "dist/health.js"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "dist/main.js"]
"""

PYTHON = """\
FROM python:3.{minor}-slim
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv
COPY requirements.txt .
RUN set -eux; \\
    apt-get update; \\
    apt-get install -y --no-install-recommends build-essential libpq-dev; \\
    pip install -r requirements.txt; \\
    apt-get purge -y build-essential; \\
    rm -rf /var/lib/apt/lists/*
RUN addgroup --system app && adduser --system --ingroup app app
COPY . .
{user}
EXPOSE 8000
CMD gunicorn --bind 0.0.0.0:8000 --workers {workers} service_{number}.wsgi
"""

NGINX = """\
FROM node:22-alpine AS assets
WORKDIR /site
COPY . .
RUN npm ci && npm run build

FROM nginx:1.{minor}-alpine
COPY nginx.conf /etc/nginx/conf.d/default.conf
COPY --from=assets /site/dist /usr/share/nginx/html
HEALTHCHECK CMD wget -q --spider http://localhost/ || exit 1
"""

GO = """\
FROM golang:1.{minor} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -ldflags="-s -w -X main.number={number}" -o /out/service ./cmd/service

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/service /service
ENTRYPOINT ["/service"]
"""

KINDS = [NODE, PYTHON, NGINX, GO]

SERVICE = """\
  {name}:
    build:
      context: {context}
      args:
        NODE_VERSION: 22.{minor}.0
    environment:
      DATABASE_URL: postgres://app:${{DATABASE_PASSWORD:-secret}}@database:5432/{name}
      LOG_LEVEL: ${{LOG_LEVEL:-info}}
    ports:
      - "{port}:8080"
    depends_on:
      database:
        condition: service_healthy
    deploy:
      resources:
        limits:
          cpus: "0.5"
          memory: 512M
    restart: unless-stopped
"""

INFRASTRUCTURE = """\
  database:
    image: postgres:16.{minor}-alpine
    environment:
      POSTGRES_PASSWORD: ${{DATABASE_PASSWORD:-secret}}
    volumes:
      - data:/var/lib/postgresql/data
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U postgres"]
      interval: 5s
      retries: 5
  cache:
    image: redis:7
    command: redis-server --save "" --appendonly no
volumes:
  data: {{}}
"""


def dockerfile(number):
    """One of the kinds in turn; every third image stays root."""
    user = "USER root" if number % 3 == 0 else "USER 1000"
    fields = {"number": number, "minor": 8 + number % 7, "workers": 1 + number % 4, "user": user}
    return KINDS[number % len(KINDS)].format(**fields)


def compose(number, contexts):
    services = "".join(
        SERVICE.format(name=f"service-{i}", context=context, minor=8 + number % 7, port=8000 + i)
        for i, context in enumerate(contexts)
    )
    return f"name: project-{number}\nservices:\n{services}{INFRASTRUCTURE.format(minor=number % 7)}"


def source(number, lines):
    """A text that no scan has to open."""
    return "".join(f"export const value{i} = compute({i}, {number * i});\n" for i in range(lines))


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def repository(folder, number, dockerfiles, composes, others):
    for i in range(dockerfiles):
        service = folder / f"services/service-{i}"
        write(service / "Dockerfile", dockerfile(number + i))
        write(service / "package.json", f'{{ "name": "service-{i}", "scripts": {{ "start": "node dist/main.js" }} }}\n')
    for i in range(composes):
        contexts = [f"../../services/service-{(2 * i + j) % dockerfiles}" for j in range(2)]
        write(folder / f"deploy/stack-{i}/compose.yaml", compose(number + i, contexts))
    for i in range(others):
        write(folder / f"services/service-{i % dockerfiles}/src/module-{i}.ts", source(i, 60))


def main(arguments):
    match arguments:
        case ["file", folder]:
            write(pathlib.Path(folder) / "Dockerfile", dockerfile(0))
        case ["repository", folder]:
            repository(pathlib.Path(folder), 0, 35, 39, 390)
        case ["fleet", folder, count] if count.isdigit():
            for number in range(int(count)):
                repository(pathlib.Path(folder) / f"team-{number // 50}/repository-{number}", number, 8, 2, 4)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
