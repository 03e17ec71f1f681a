"""Parts of a text that are no words of a language: links, addresses, handles, hashes, numbers.

ASCII classes are spelled out: `\\S` and `\\b` would swallow Chinese and Persian written right against a link.
"""

from __future__ import annotations

import re

import regex

_DOMAINS = (
    "com|org|net|io|me|co|ir|cn|tr|app|xyz|info|vip|top|gg|link|pro|finance|exchange|live|online"
)
LINK = re.compile(
    r"(?:https?://|www\.|t\.me/)[!-~]+"
    rf"|(?<![A-Za-z0-9.-])(?:[A-Za-z0-9-]{{1,63}}\.){{1,4}}(?:{_DOMAINS})(?![A-Za-z0-9])(?:/[!-~]*)?"
)
EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}\.[A-Za-z0-9.-]{1,63}"
)
HANDLE = re.compile(r"@[A-Za-z0-9_]{2,64}")
COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{1,64})?")
TAG = re.compile(r"#[A-Za-z0-9_]+")
# Letters and digits in one word ("p2p", "10k", a hash) or more letters than a word has (an address).
CODE = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z]{0,63}[0-9][A-Za-z0-9]*|[A-Za-z]{25,})(?![A-Za-z0-9])"
)
EMOJI = regex.compile(
    r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\ufe0f\u200d\u20e3]+"
)

_NOISE = (
    ("@", EMAIL),
    (".", LINK),
    ("/", LINK),
    ("@", HANDLE),
    ("/", COMMAND),
    ("#", TAG),
    ("", CODE),
)
"""Each with a sign without which it cannot be: looking for that is quicker."""


def without_noise(text: str) -> str:
    """The text with links, e-mail addresses, handles, commands, tags, hashes and numbers blanked."""
    for sign, pattern in _NOISE:
        if sign in text:
            text = pattern.sub(" ", text)
    return text
