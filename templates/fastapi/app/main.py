"""The routes."""

from typing import Any

from fastapi import FastAPI, Response

from app.health import missing

app = FastAPI(title="{{name}}")


@app.get("/health")
async def health(response: Response) -> dict[str, Any]:
    absent = await missing()
    if absent:
        response.status_code = 503
        return {"status": "unhealthy", "missing": absent}
    return {"status": "healthy"}


@app.get("/api/hello")
async def hello() -> dict[str, str]:
    return {"message": "hello"}
