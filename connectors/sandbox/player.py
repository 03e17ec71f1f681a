"""Plays a scene: says its lines through the same door as a person's thumb, at real pace or faster."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from connectors.sandbox import people, world
from connectors.sandbox.lookup import find_spot
from connectors.sandbox.media import NotAPicture
from connectors.sandbox.people import NotPossible, Upload
from connectors.sandbox.running import the_sandbox
from connectors.sandbox.scenes import FOLDER, Line, Scene, scenes
from connectors.sandbox.stage import Sandbox

SPEEDS = (1, 10, 60)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Status:
    """What the page shows of the player."""

    scenes: tuple[Scene, ...]
    speeds: tuple[int, ...]
    playing: str
    title: str
    speed: int
    done: int
    total: int
    clock: str


class Player:
    """One scene at a time. Time is counted in the scene's own seconds, so that the speed can change on the way."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.version = 0
        """Counts what changed about the playing, for the open pages."""
        self._sandbox = sandbox
        self._scene: Scene | None = None
        self._task: asyncio.Task[None] | None = None
        self._speed = 10
        self._done = 0
        self._turn = asyncio.Event()

    def play(self, key: str, speed: int) -> None:
        """Begin a scene, ending the one that plays. Raises NotPossible."""
        if key not in scenes() or speed not in SPEEDS:
            raise NotPossible("There is no such scene or speed.")
        self.stop()
        self._scene, self._speed, self._done = scenes()[key], speed, 0
        self._task = asyncio.get_running_loop().create_task(self._run(self._scene))
        self._show()

    def set_speed(self, speed: int) -> None:
        """Go on faster or slower from here. Raises NotPossible."""
        if speed not in SPEEDS:
            raise NotPossible("There is no such speed.")
        self._speed = speed
        self._turn.set()
        self._show()

    def stop(self) -> None:
        """End the scene here."""
        if self._task:
            self._task.cancel()
        self._task, self._scene = None, None
        self._show()

    def status(self) -> Status:
        """Where it stands."""
        scene = self._scene
        at = scene.lines[self._done - 1].at if scene and self._done else 0
        return Status(
            tuple(scenes().values()), SPEEDS, scene.key if scene else "", scene.title if scene else "",
            self._speed, self._done, len(scene.lines) if scene else 0, f"{at // 60:02}:{at % 60:02}",
        )  # fmt: skip

    def _show(self) -> None:
        self.version += 1
        self._sandbox.wake()

    async def _run(self, scene: Scene) -> None:
        said: dict[str, int] = {}
        now = 0.0
        for line in scene.lines:
            now = await self._wait(now, line.at)
            try:
                self._say(line, said)
            except (NotPossible, NotAPicture) as error:
                # Somebody has kicked the bot or deleted a topic meanwhile: the scene goes on without this line.
                _log.warning("A line of %s was left out: %s", scene.key, error)
            self._done += 1
            self._show()
        self._task, self._scene = None, None
        self._show()

    async def _wait(self, now: float, until: float) -> float:
        """Sleep to that second of the scene, whatever the speed becomes meanwhile."""
        while now < until:
            self._turn.clear()
            begun, speed = time.monotonic(), self._speed
            with suppress(TimeoutError):
                await asyncio.wait_for(self._turn.wait(), (until - now) / speed)
            now += (time.monotonic() - begun) * speed
        return now

    def _say(self, line: Line, said: dict[str, int]) -> None:
        person = world.person(line.who)
        spot = find_spot(self._sandbox.state, line.place, person, line.topic)
        if spot.chat.id in self._sandbox.state.migrated:
            new_id = self._sandbox.state.migrated[spot.chat.id]
            spot = people.Spot(self._sandbox.state.chat(str(new_id)), spot.thread)
        if line.edits:
            people.edit(self._sandbox, person, spot.chat, said.get(line.edits, 0), line.text)
            return
        reply_to = said.get(line.answers, 0)
        reply_to = reply_to if reply_to in spot.chat.messages else 0
        uploads = (_photo(line.photo),) if line.photo else ()
        sent = people.say(
            self._sandbox, person, spot, line.text, reply_to=reply_to, uploads=uploads
        )
        said[line.label] = sent[0]


def _photo(name: str) -> Upload:
    return Upload((FOLDER / name).read_bytes(), name, as_photo=True)


@cache
def the_player() -> Player:
    """The player of this process."""
    return Player(the_sandbox())
