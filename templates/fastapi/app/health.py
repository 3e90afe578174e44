"""What this service needs, and whether it answers."""

import asyncio
import os
from urllib.parse import urlsplit

# Whoever has not answered by then counts as gone, so that /health itself answers within a second.
PATIENCE_SECONDS = 0.8


def needed() -> dict[str, str]:
    """Where the services are that this one needs. A variable that is not set names none."""
    host = os.environ.get("PGHOST")
    postgres = f"postgres://{host}:{os.environ.get('PGPORT', '5432')}" if host else None
    services = {"redis": os.environ.get("REDIS_URL"), "postgres": postgres}
    return {name: url for name, url in services.items() if url}


async def answers(url: str) -> bool:
    """Whether something accepts a connection there. Once there is a client, ask with that: `select 1` says more."""
    place = urlsplit(url)
    try:
        opening = asyncio.open_connection(place.hostname, place.port)
        _, writer = await asyncio.wait_for(opening, PATIENCE_SECONDS)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def missing() -> list[str]:
    """The needed services that do not answer."""
    services = needed()
    answered = await asyncio.gather(*(answers(url) for url in services.values()))
    return [name for name, there in zip(services, answered) if not there]
