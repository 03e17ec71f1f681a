"""`manage.py channel`: add a channel, list them, switch between pull and webhook, feed raw updates, replay."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Language, Team
from connectors import adding, draining, switching
from connectors.errors import DoorError
from connectors.glance import glances
from connectors.inbox import id_if_refused, reopen, store
from connectors.models import InboundUpdate, UpdateState
from connectors.raw import Raw
from connectors.registry import KINDS, door
from helpdesk.errors import Invalid
from tickets.models import Channel

_COMES_IN: dict[str, str] = {
    Channel.Mode.PULL: "It is pulled from now on.",
    Channel.Mode.WEBHOOK: "Its updates are posted to us from now on.",
}


class Command(BaseCommand):
    help = "Add, list or switch channels, feed one with raw updates from files, or replay what was set aside."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="Add a channel and look whether its token works.")
        add.add_argument("kind", choices=KINDS)
        add.add_argument("--name", required=True)
        add.add_argument(
            "--token",
            required=True,
            help="Kept encrypted; never shown again. `-` reads it from stdin.",
        )
        add.add_argument(
            "--api-base",
            default="",
            help="Another address of the service; `sandbox` for the one of `make run`.",
        )
        add.add_argument(
            "--team",
            default="",
            help="The team that gets its tickets; the first one when left out.",
        )
        add.add_argument("--language", default=Language.ENGLISH, choices=Language.values)
        add.add_argument("--mode", default=Channel.Mode.PULL, choices=switching.MODES)
        verbs.add_parser("list", help="Every channel, how it is, and what waits.")
        mode = verbs.add_parser(
            "mode", help="Pull updates, or have them posted to SITE_URL; none is lost or doubled."
        )
        mode.add_argument("name")
        mode.add_argument("mode", choices=switching.MODES)
        feed = verbs.add_parser(
            "feed", help="Raw updates, one JSON object a file or JSON Lines, through the intake."
        )
        feed.add_argument("name")
        feed.add_argument("files", nargs="+", type=Path)
        replay = verbs.add_parser(
            "replay", help="Put the updates that were set aside back in line."
        )
        replay.add_argument("name")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        handler = {
            "add": self._add,
            "list": self._list,
            "mode": self._mode,
            "feed": self._feed,
            "replay": self._replay,
        }
        handler[verb](options)

    def _add(self, options: dict[str, Any]) -> None:
        if Channel.objects.filter(name=options["name"]).exists():
            raise CommandError(f"There is a channel named {options['name']} already.")
        from_stdin = options["token"] == "-"  # noqa: S105
        token = sys.stdin.readline().strip() if from_stdin else options["token"]
        channel = Channel(
            kind=options["kind"],
            name=options["name"],
            token=token,
            api_base=options["api_base"].rstrip("/"),
            team=_team(options["team"]),
            default_language=options["language"],
        )
        try:
            adding.add(channel, options["mode"])
        except DoorError as error:
            raise CommandError(f"The service refused: {error.reason}") from None
        except Invalid as error:
            self.stderr.write(error.message)
        self.stdout.write(
            f"{channel.name}: added as @{channel.config.get('username', '')}. {_COMES_IN[channel.mode]}"
        )
        if not channel.config.get("reads_groups", True):
            self.stderr.write(
                "Its privacy mode is on: in groups it hears only commands, mentions and replies. "
                "Turn it off with BotFather, or make the bot an admin of the group."
            )

    def _list(self, options: dict[str, Any]) -> None:
        for each in glances(Channel.objects.order_by("name")):
            channel = each.channel
            heard = channel.last_update_at
            said = f"heard {heard:%Y-%m-%d %H:%M:%S}" if heard else "never heard"
            waits = f"inbox {each.open}, set aside {each.set_aside}, outbox {each.outgoing}"
            problem = f": {each.problem}" if each.problem else ""
            self.stdout.write(
                f"{channel.name} ({channel.kind}, {channel.mode}) {each.state}, {said}, {waits}{problem}"
            )

    def _mode(self, options: dict[str, Any]) -> None:
        channel = _channel(options["name"])
        try:
            switching.switch(channel, options["mode"])
        except Invalid as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{channel.name}: {_COMES_IN[channel.mode]}")

    def _feed(self, options: dict[str, Any]) -> None:
        channel = _channel(options["name"])
        for path in options["files"]:
            for text in _texts(path):
                row = _take_in(channel, door(channel.kind).read(text))
                outcome = row.outcome or row.state
                line = {
                    "file": path.name,
                    "outcome": outcome,
                    "reason": row.reason,
                    "ticket": row.ticket_id,
                }
                self.stdout.write(json.dumps(line, ensure_ascii=False))

    def _replay(self, options: dict[str, Any]) -> None:
        channel = _channel(options["name"])
        rows = list(InboundUpdate.objects.filter(channel=channel, state=UpdateState.SET_ASIDE))
        self.stdout.write(f"{channel.name}: {reopen(rows)} updates are in line again.")


def _team(name: str) -> Team:
    team = Team.objects.filter(name=name).first() if name else Team.objects.order_by("pk").first()
    if team is None and not name:
        team = Team.objects.create(name="Support")
    if team is None:
        raise CommandError(f"There is no team named {name}.")
    return team


def _channel(name: str) -> Channel:
    try:
        return Channel.objects.get(name=name)
    except Channel.DoesNotExist:
        raise CommandError(f"There is no channel named {name}.") from None


def _texts(path: Path) -> Iterator[str]:
    """The raw updates of a file: its lines if the first of them is JSON by itself, else all of it."""
    try:
        content = path.read_text("utf-8", errors="surrogateescape")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    # Not splitlines(): a line separator may well stand within a text.
    lines = [line for line in content.split("\n") if line.strip()]
    if len(lines) > 1 and _is_object(lines[0]):
        yield from lines
    else:
        yield content


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _take_in(channel: Channel, raw: Raw) -> InboundUpdate:
    """Store it as a pull would, then work on it now instead of waiting between the tries."""
    with transaction.atomic():
        store(channel, [raw])
    ids = (raw.external_id[:64], id_if_refused(raw.external_id))
    row = InboundUpdate.objects.get(channel=channel, external_id__in=ids)
    for _try in range(draining.MOST_TRIES):
        if row.state != UpdateState.OPEN:
            break
        draining.take_now(row.pk)
        row.refresh_from_db()
    return row
