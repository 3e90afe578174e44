import os

import redis.asyncio as redis
from fastapi import FastAPI

app = FastAPI()
cache = redis.from_url(os.environ.get("REDIS_URL", "redis://redis:6379"))


@app.post("/summaries/{task}")
async def summarise(task: int) -> dict[str, int]:
    await cache.lpush("summaries", task)
    return {"queued": task}
