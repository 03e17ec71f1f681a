"""setWebhook, deleteWebhook, getWebhookInfo. The delivering is `connectors.sandbox.postman`'s."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from connectors.sandbox.botapi.call import Call, method
from connectors.sandbox.botapi.errors import bad_request
from connectors.sandbox.botapi.polling import end_poll, remember_allowed
from connectors.sandbox.state import Json

MOST_CONNECTIONS = 40
"""Unless the bot asks for another number, of 1 to 100."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")


@method("setWebhook")
async def set_webhook(call: Call) -> bool:
    """From now on updates are posted to `url`, which may be plain http here; an empty one is deleteWebhook."""
    url, secret = call.params.text("url"), call.params.text("secret_token")
    if not url:
        return _remove(call)
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    remember_allowed(call)
    connections = call.params.number("max_connections") or MOST_CONNECTIONS
    _set(call, url, secret, min(max(connections, 1), 100))
    end_poll(call)
    return True


@method("deleteWebhook")
async def delete_webhook(call: Call) -> bool:
    """Back to getUpdates."""
    return _remove(call)


def _remove(call: Call) -> bool:
    _set(call, "", "", 0)
    return True


def _set(call: Call, url: str, secret: str, connections: int) -> None:
    event = {"kind": "webhook", "bot": call.bot_id, "url": url, "secret": secret}
    drop = call.params.flag("drop_pending_updates")
    call.sandbox.record({**event, "connections": connections, "drop": drop})
    call.sandbox.postman.forget(call.bot_id)


@method("getWebhookInfo")
async def get_webhook_info(call: Call) -> Json:
    """The address, how much waits, and what went wrong last."""
    info: Json = {
        "url": call.bot.webhook,
        "has_custom_certificate": False,
        "pending_update_count": len(call.bot.queue),
        "allowed_updates": list(call.bot.allowed),
    }
    if call.bot.webhook:
        info["max_connections"] = call.bot.connections
    trouble = call.sandbox.postman.trouble.get(call.bot_id)
    if trouble:
        info.update(last_error_message=trouble.words, last_error_date=trouble.at)
    return info
