"""The server's start and end: webhooks are served in between, also before anybody calls."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from connectors.sandbox.cut import Application, Receive, Send
from connectors.sandbox.running import the_sandbox


def with_postman(inner: Application) -> Application:
    """Wrap an application, which knows nothing of lifespans, so that the sandbox's postman works along with it."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        else:
            await inner(scope, receive, send)

    return application


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    postman = asyncio.create_task(the_sandbox().postman.run())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    postman.cancel()
    with suppress(asyncio.CancelledError):
        await postman
    await send({"type": "lifespan.shutdown.complete"})
