import type { Redis } from "ioredis";
import type { Pool } from "pg";

/** Whether redis and the database answer within 800 ms, so that the check stays below one second. */
export async function healthy(redis: Redis, db: Pool): Promise<boolean> {
  const late = new Promise<never>((_, reject) => setTimeout(reject, 800));
  try {
    await Promise.race([Promise.all([redis.ping(), db.query("select 1")]), late]);
    return true;
  } catch {
    return false;
  }
}
