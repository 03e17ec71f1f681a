"""People who ask by the web form while everything dies, and a log of what the desk has acknowledged to them."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Self

import httpx

from tests.chaos.desk import token_of
from tests.portal.door import CONTACT, hidden

Form = dict[str, str]
Send = Callable[[], httpx.Response | None]
READS = 3.2
"""Seconds that somebody needs for the form: whoever is quicker is taken for a machine."""
TWICE, AT_ONCE, ANSWER = 0.15, 0.15, 0.3
"""Shares: who sends the form again, who sends it twice at the same time, who has more to say."""
PATIENCE = 120.0
"""Seconds until somebody takes the desk for dead."""


@dataclass
class Asked:
    """A request as its author knows it; `tickets` are those that they were led to, one for each acknowledgement."""

    text: str
    tickets: list[int] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)


class Browser:
    """Keeps cookies, and goes to a form again until the desk has said that it has it."""

    _addresses = count(1)

    def __init__(self, url: str, answers: Counter[int | None]) -> None:
        self._url, self._answers = url, answers
        self._cookies, self._lock = httpx.Cookies(), threading.Lock()

    def read(self, path: str) -> httpx.Response:
        """The page, when it comes."""
        return self._until(200, lambda: self._ask("GET", path))

    def submit(self, path: str, form: Form) -> int:
        """The number of the request that it leads to."""
        answer = self._until(302, lambda: self._ask("POST", path, form))
        found = re.fullmatch(r"/help/requests/(\d+)/", answer.headers["Location"])
        assert found, answer.headers
        return int(found[1])

    def _until(self, status: int, send: Send) -> httpx.Response:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = send()
            self._answers[None if answer is None else answer.status_code] += 1
            if answer is not None and answer.status_code == status:
                return answer
            assert answer is None or answer.status_code >= 500, (answer.status_code, answer.text)
            time.sleep(0.3)
        raise AssertionError("the desk does not come back")

    def _ask(self, method: str, path: str, form: Form | None = None) -> httpx.Response | None:
        """None without an answer. Each try comes from another address of this machine: one alone may try few times."""
        number = next(self._addresses)
        here = f"127.1.{number // 250 % 250}.{number % 250 + 1}"
        line = httpx.HTTPTransport(local_address=here, verify=False)
        with self._lock:  # the same form may be on its way twice
            client = httpx.Client(
                base_url=self._url,
                transport=line,
                cookies=self._cookies,
                timeout=20,
                trust_env=False,
            )
        with client:
            try:
                answer = client.request(method, path, data=form)
            except httpx.TransportError:
                return None
        with self._lock:
            self._cookies.update(client.cookies)
        return answer


class Visitors:
    """Up to `requests` people, some at a time; `log` is what they know, `answers` counts the desk's by status.

    >>> with Visitors(desk.url, 40, together=4, seed=11) as visitors:
    ...     ...
    ...     visitors.finish()
    """

    def __init__(self, url: str, requests: int, *, together: int, seed: int) -> None:
        self.log: list[Asked] = []
        self.answers: Counter[int | None] = Counter()
        self._url, self._seed = url, seed
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(together)
        self._visits: list[Future[None]] = [
            self._pool.submit(self._visit, number) for number in range(requests)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def repeated(self) -> int:
        """How often somebody had to try again."""
        return sum(times for status, times in self.answers.items() if status not in (200, 302))

    def finish(self) -> None:
        """Wait for those who have begun; the others stay at home. Raises what a visit has raised."""
        self._over.set()
        for each in self._visits:
            each.result()

    def _visit(self, number: int) -> None:
        if self._over.is_set():
            return
        chance = random.Random(f"{self._seed} {number}")
        browser = Browser(self._url, self.answers)
        asked = Asked(f"the withdrawal number {number} does not arrive")
        self.log.append(asked)
        page = browser.read(CONTACT)
        time.sleep(READS)
        form = {**token_of(page), "stamp": hidden(page.text, "stamp"), "text": asked.text}
        asked.tickets += _sent(browser, CONTACT, form, chance.random())
        while chance.random() < ANSWER:
            _says_more(browser, asked, chance.random())


def _says_more(browser: Browser, asked: Asked, how: float) -> None:
    text = f"{asked.text}, answer {len(asked.answers) + 1}"
    path = f"/help/requests/{asked.tickets[0]}/"
    page = browser.read(path)
    form = {**token_of(page), "submission": hidden(page.text, "submission"), "text": text}
    asked.answers.append(text)
    _sent(browser, path, form, how)


def _sent(browser: Browser, path: str, form: Form, how: float) -> list[int]:
    """Once, twice, or twice at the same time; where each of it led to."""
    if how < AT_ONCE:
        with ThreadPoolExecutor(2) as hands:
            return [*hands.map(lambda each: browser.submit(path, each), [form, form])]
    times = 2 if how < AT_ONCE + TWICE else 1
    return [browser.submit(path, form) for _each in range(times)]
