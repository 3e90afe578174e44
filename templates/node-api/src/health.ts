import { connect } from "node:net";

/** Whoever has not answered by then counts as gone, so that /health itself answers within a second. */
const PATIENCE_MS = 800;

/** Where the services are that this one needs. A variable that is not set names none. */
function needed(): { name: string; url: string }[] {
  const { REDIS_URL, PGHOST, PGPORT, WORKER_URL } = process.env;
  const postgres = PGHOST && `postgres://${PGHOST}:${PGPORT ?? 5432}`;
  const services = [
    { name: "redis", url: REDIS_URL },
    { name: "postgres", url: postgres },
    { name: "worker", url: WORKER_URL },
  ];
  return services.flatMap(({ name, url }) => (url ? [{ name, url }] : []));
}

/** Whether something accepts a connection there. Once there is a client, ask with that: `select 1` says more. */
function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), signal: AbortSignal.timeout(PATIENCE_MS) });
    socket.once("connect", () => resolve(true));
    socket.once("connect", () => socket.destroy());
    socket.once("error", () => resolve(false));
  });
}

/** The needed services that do not answer. */
export async function missing(): Promise<string[]> {
  const asked = needed().map(async ({ name, url }) => ((await answers(url)) ? [] : [name]));
  return (await Promise.all(asked)).flat();
}
