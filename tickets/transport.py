"""The contract between tickets and the outside services.

A connector parses what it receives into an `InboundMessage` and sends through a `Transport`. Tickets know nothing else
about Telegram, Discord or mail; they find a transport by the channel's kind in `settings.TRANSPORTS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

ConversationKind = Literal["private", "group", "topic"]
Action = Literal[
    "message", "edit", "start", "status", "ticket", "press", "migrate", "unreachable", "reachable"
]
Operation = Literal[
    "send_text",
    "send_files",
    "edit_text",
    "delete",
    "acknowledge",
    "open_topic",
    "answer_press",
    "buttons_off",
]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks, by the service's numeric id: usernames change hands."""

    external_id: str
    name: str = ""
    username: str = ""
    language: str = ""
    """The client's language tag as the service gives it ("zh-hans"), or empty."""
    is_bot: bool = False
    is_anonymous: bool = False
    """An anonymous group admin or a linked channel: not a person who can be answered."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it was said. `external_id` names the chat, `thread_id` a forum topic in it (empty in none)."""

    kind: ConversationKind
    external_id: str
    thread_id: str = ""
    title: str = ""
    username: str = ""


@dataclass(frozen=True, slots=True)
class InboundFile:
    """A file that the service holds. `file_id` is what the transport's `fetch` takes."""

    file_id: str
    name: str = ""
    content_type: str = ""
    size: int | None = None
    """Bytes as claimed by the service; None when it does not say."""
    kind: str = "document"
    """photo, document, voice, video, sticker ...: what it is in the service's words."""
    too_large: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """A marked span of the text. Offsets count Unicode code points of `text`, not UTF-16 units."""

    kind: str
    offset: int
    length: int
    url: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One thing that happened outside, in our words. `action` says what it is; fields that it lacks stay empty."""

    action: Action
    place: Place
    sender: Sender | None
    external_id: str
    sent_at: datetime
    text: str = ""
    entities: tuple[Entity, ...] = ()
    files: tuple[InboundFile, ...] = ()
    placeholder: str = ""
    """What it is when it is no text, photo or document ("voice", "sticker", an unknown kind); shown instead."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Of such a thing, what can be said of it: see `tickets.things`."""
    album_id: str = ""
    reply_to: str = ""
    """External id of the message that this one answers (`press`: that bears the button), in the same place."""
    reply_to_sender: Sender | None = None
    addressed: bool = False
    """In a group: it mentions the bot, replies to it, or is a command for it."""
    topic: str = ""
    """Slug of the topic that the requester chose themselves."""
    payload: str = ""
    """The argument of a deep link (`/start PAYLOAD`), or the data of a pressed button."""
    edited_at: datetime | None = None
    migrated_to: str = ""
    """`migrate` only: the chat's new external id."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Parsed and understood, and nothing of it belongs in the desk."""

    reason: str


Parsed = InboundMessage | Ignored


@dataclass(frozen=True, slots=True)
class OutboundFile:
    """A file to send. `path` is readable by the worker."""

    path: str
    name: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Part:
    """One call to the outside service: one row of the outbox."""

    operation: Operation
    place: Place
    text: str = ""
    entities: tuple[Entity, ...] = ()
    files: tuple[OutboundFile, ...] = ()
    reply_to: str = ""
    target: str = ""
    """External id of the message to remove, change or mark; `answer_press`: id of the press."""
    buttons: tuple[tuple[str, str], ...] = ()
    """Link buttons as (label, URL)."""
    presses: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Rows of buttons that call back, as (label, data of at most 64 bytes)."""
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the service called it. An album has several ids; the first one stands for all."""

    external_ids: tuple[str, ...] = ()
    migrated_to: str = ""
    """The chat moved while we sent: its new external id, to be stored."""
    thread_id: str = ""
    """`open_topic`: the new topic."""


class DeliveryError(Exception):
    """The service refused. `permanent`: trying again is no use. `retry_after`: seconds that it asks us to wait.

    `reason` is one of the words an agent may see: blocked, deactivated, kicked, chat_not_found, topic_not_found,
    not_allowed, too_large, rejected, unauthorised, rate_limited, unavailable, gone, not_editable, not_deletable.
    """

    def __init__(
        self, reason: str, *, permanent: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after


class DeliveryUnknown(Exception):
    """The call broke off after it may have arrived (time-out, cut connection): nobody can tell whether it was sent."""


@dataclass(frozen=True, slots=True)
class ChannelAccess:
    """What a transport needs of a channel: plain values, so that connectors can be used without the ORM."""

    channel_id: int
    kind: str
    token: str = field(repr=False)
    api_base: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a kind of channel lets us do with what we said. A page offers nothing that is not here."""

    edit: bool = False
    """The words of a text that was sent."""
    delete_within: timedelta | None = None
    """How long a message that was sent can be taken away; None: never."""
    buttons: bool = False
    """Buttons that call back when pressed."""
    topics: bool = False
    """One private chat can hold several threads, if the account is set up for it."""


class Transport(Protocol):
    """Sends to one kind of channel. Instances are made per channel and may be kept by a worker process."""

    text_limit: ClassVar[int]
    abilities: ClassVar[Abilities]

    def __init__(self, access: ChannelAccess) -> None: ...

    def split(
        self, text: str, entities: tuple[Entity, ...] = ()
    ) -> list[tuple[str, tuple[Entity, ...]]]:
        """Cut a long text where the service's limit, graphemes and entities allow; at least one part."""
        ...

    def wait_seconds(self, part: Part) -> float:
        """Take a token from the shared buckets: 0.0 if the part may go now, else seconds to wait (nothing is taken)."""
        ...

    def send(self, part: Part) -> Sent:
        """Make the call. Raises DeliveryError or DeliveryUnknown."""
        ...

    def fetch(self, file_id: str, *, max_bytes: int) -> bytes:
        """Download a file that was received. Raises DeliveryError."""
        ...

    def deep_link(self, payload: str) -> str:
        """A link that opens a private chat and hands over `payload`; empty when the service has none."""
        ...


def abilities_of(kind: str) -> Abilities:
    """What the channel's kind can do; nothing, for a kind without a transport."""
    name = settings.TRANSPORTS.get(kind)
    return getattr(import_string(name), "abilities", Abilities()) if name else Abilities()


def transport_for(access: ChannelAccess) -> Transport:
    """The transport of the channel's kind, by `settings.TRANSPORTS`. Raises KeyError for a kind without one."""
    transport: type[Transport] = import_string(settings.TRANSPORTS[access.kind])
    return transport(access)
