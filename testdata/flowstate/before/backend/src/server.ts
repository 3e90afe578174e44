import { createServer } from "node:http";
import { Redis } from "ioredis";
import pg from "pg";

const redis = new Redis(process.env.REDIS_URL ?? "redis://redis:6379");
const db = new pg.Pool({ connectionString: process.env.DATABASE_URL });

const server = createServer(async (request, response) => {
  if (request.url === "/api/tasks") {
    const { rows } = await db.query("select id, title from task order by id");
    await redis.incr("tasks:read");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(rows));
    return;
  }
  response.statusCode = 404;
  response.end();
});

server.listen(3000);
