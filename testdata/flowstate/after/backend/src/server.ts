import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { Redis } from "ioredis";
import pg from "pg";
import { healthy } from "./health.js";

const redis = new Redis(process.env.REDIS_URL ?? "redis://redis:6379");
const db = new pg.Pool({
  host: process.env.PGHOST,
  user: process.env.PGUSER,
  database: process.env.PGDATABASE,
  password: () => readFileSync(process.env.PGPASSWORD_FILE ?? "/run/secrets/postgres_password", "utf8").trim(),
});

function answer(response: ServerResponse, status: number, body: unknown) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

const server = createServer(async (request, response) => {
  switch (request.url) {
    case "/health": {
      const ok = await healthy(redis, db);
      return answer(response, ok ? 200 : 503, { status: ok ? "healthy" : "unhealthy" });
    }
    case "/api/tasks": {
      const { rows } = await db.query("select id, title from task order by id");
      await redis.incr("tasks:read");
      return answer(response, 200, rows);
    }
    default:
      return answer(response, 404, { error: "not found" });
  }
});

server.listen(Number(process.env.PORT ?? 3000));

process.on("SIGTERM", () => {
  server.close(async () => {
    await db.end();
    redis.disconnect();
  });
});
