"""What every connector hands to the inbox."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Raw:
    """One update as the inbox stores it: its text without secrets, and what is known of it before anybody parses it."""

    text: str
    external_id: str
    """Unique in the channel. An update without an id of its own goes by a digest of its text."""
    conversation_key: str
    """What must be handled in order."""
    message_external_id: str = ""
    """The message that it brings or edits."""
    masked: tuple[str, ...] = ()
    """Kinds of the secrets that were taken out of `text`."""
