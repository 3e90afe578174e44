import asyncio
import os

import redis.asyncio as redis
from fastapi import FastAPI, Response

app = FastAPI()
cache = redis.from_url(os.environ.get("REDIS_URL", "redis://redis:6379"))


@app.get("/health")
async def health(response: Response) -> dict[str, str]:
    """Answers within 800 ms, so that the check stays below one second."""
    try:
        await asyncio.wait_for(cache.ping(), timeout=0.8)
    except (redis.RedisError, TimeoutError):
        response.status_code = 503
        return {"status": "unhealthy"}
    return {"status": "healthy"}


@app.post("/summaries/{task}")
async def summarise(task: int) -> dict[str, int]:
    await cache.lpush("summaries", task)
    return {"queued": task}
