import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { missing } from "./health.js";

const app = new Hono();

app.get("/health", async (context) => {
  const absent = await missing();
  if (absent.length > 0) {
    return context.json({ status: "unhealthy", missing: absent }, 503);
  }
  return context.json({ status: "healthy" });
});

app.get("/api/hello", (context) => context.json({ message: "hello" }));

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });

// Answers what was asked before, then ends.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => server.close());
}
