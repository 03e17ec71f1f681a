"""A community at work: mostly chatter in groups, with follow-ups, edits and a few new requests in between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from random import Random
from time import time
from typing import Any

from django.db import transaction

from benchmarks.incoming import POLL, STRANGER
from benchmarks.seed import Desk
from benchmarks.words import REQUESTS
from connectors.inbox import store
from connectors.registry import door

Json = dict[str, Any]

SHARES = {"chatter": 0.80, "follow_up": 0.15, "edit": 0.03, "request": 0.02}
GROUPS = 20
MEMBERS = 2_000
ASKERS = 300
"""People with an open ticket: half of them asked in a group, and go on there within minutes."""
CHATTER = {
    "en": (
        "gm everyone, what a night on the charts",
        "did anybody try the new staking page? looks clean to me",
        "I think the fees are fine if you trade less than I do",
    ),
    "tr": ("bugün piyasa çok sakin, kimse işlem yapmıyor galiba", "bence bu hafta yukarı gider"),
    "zh": ("有人参加今晚的活动吗？听说奖励不错", "今天行情真安静，大家都在睡觉吗"),
    "fa": ("بچه‌ها امروز بازار خیلی آرام است، نظرتان چیست؟", "من که فروختم و راحت شدم"),
}
FOLLOW_UPS = {
    "en": (
        "It is still not there, the explorer shows 40 confirmations.",
        "I have sent the screenshot that you asked for, please look again.",
    ),
    "tr": ("Hâlâ bekliyorum, dekontu da ekledim, bakabilir misiniz?",),
    "zh": ("还是没有到账，请再帮我看一下，谢谢。",),
    "fa": ("هنوز نرسیده است، لطفاً دوباره بررسی کنید.",),
}
_OWN = 50_000_000
"""Message ids and people of the crowd begin here, apart from those of `incoming`."""


class Crowd:
    """Writes updates for the first channel. The same desk gives the same words in the same order."""

    def __init__(self, desk: Desk) -> None:
        self._channel = desk.channels[0]
        self._bot = str(self._channel.config["username"])
        self._random = Random(desk.plan.size)  # noqa: S311 - repeatable on purpose
        self._ids = count(_OWN)
        self._strangers = count(STRANGER + 2 * _OWN)
        self._said: list[Json] = []

    def gather(self) -> None:
        """Everybody has spoken once, and the askers have opened their tickets."""
        self._store([self._chatter(who) for who in range(MEMBERS)])
        self._store([self._opening(who) for who in range(ASKERS)])

    def write(self, many: int) -> None:
        """Store `many` updates, 100 a commit."""
        kinds = self._random.choices(list(SHARES), list(SHARES.values()), k=many)
        self._store([getattr(self, f"_{kind}")(self._member()) for kind in kinds])

    def _store(self, updates: list[Json]) -> None:
        raws = [door(self._channel.kind).read(json.dumps(update)) for update in updates]
        for start in range(0, len(raws), POLL):
            with transaction.atomic():
                store(self._channel, raws[start : start + POLL])

    def _member(self) -> int:
        return self._random.randrange(MEMBERS)

    def _chatter(self, who: int) -> Json:
        words = self._random.choice(CHATTER[_language(who)])
        return self._say(who, words, self._random.randrange(GROUPS))

    def _opening(self, who: int) -> Json:
        return self._say(who, *self._asked(who))

    def _follow_up(self, who: int) -> Json:
        asker = who % ASKERS
        words = self._random.choice(FOLLOW_UPS[_language(asker)])
        return self._say(asker, words, asker % GROUPS if asker % 2 else None)

    def _edit(self, _who: int) -> Json:
        said = self._random.choice(self._said[-500:])
        text = f"{said['text']} (edited)"
        return self._update("edited_message", {**said, "text": text, "edit_date": int(time())})

    def _request(self, _who: int) -> Json:
        who = next(self._strangers)
        return self._say(who, *self._asked(who))

    def _asked(self, who: int) -> tuple[str, int | None]:
        """In a group, with the bot's name, or in private."""
        asks = [text for language, _, text, *_ in REQUESTS if language == _language(who)]
        request = self._random.choice(asks)
        return (f"@{self._bot} {request}", who % GROUPS) if who % 2 else (request, None)

    def _say(self, who: int, text: str, group: int | None = None) -> Json:
        person = {
            "id": _OWN + who,
            "is_bot": False,
            "first_name": f"Member {who}",
            "language_code": _language(who),
        }
        place: Json = {"id": person["id"], "type": "private", "first_name": person["first_name"]}
        if group is not None:
            place = {"id": -(_OWN + group), "type": "supergroup", "title": f"Group {group}"}
        body = {
            "message_id": next(self._ids),
            "from": person,
            "chat": place,
            "date": int(time()),
            "text": text,
            "entities": list(self._marks(text)),
        }
        self._said.append(body)
        return self._update("message", body)

    def _marks(self, text: str) -> Iterator[Json]:
        if text.startswith("@"):
            yield {"type": "mention", "offset": 0, "length": len(self._bot) + 1}

    def _update(self, kind: str, body: Json) -> Json:
        return {"update_id": next(self._ids), kind: body}


def _language(who: int) -> str:
    return ("en", "zh", "tr", "fa")[who // 2 % 4]
