"""The invented exchange and everybody around it. Plain data: the sandbox plays it, the demo data tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from connectors.sandbox.crowd import CROWD_NAMES

Language = Literal["en", "zh", "fa", "tr"]
PersonKind = Literal["requester", "staff", "veteran", "impostor", "crowd"]
ChatKind = Literal["group", "supergroup"]

EXCHANGE = "Kavira"
"""The one name of the exchange; no company of that name is meant."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a Telegram account. `id` is the numeric one, `language_code` what their app reports."""

    key: str
    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language: Language = "en"
    language_code: str = "en"
    kind: PersonKind = "requester"
    started: bool = True
    """Has opened the private chat with the bot, so that the bot may write there."""
    about: str = ""

    @property
    def name(self) -> str:
        """As other people see it."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot's account. With `privacy` it hears only what is meant for it, unless it is admin of the group."""

    key: str
    id: int
    secret: str
    name: str
    username: str
    privacy: bool = False

    @property
    def token(self) -> str:
        """What `channel add telegram --token` takes."""
        return f"{self.id}:{self.secret}"


@dataclass(frozen=True, slots=True)
class BotRole:
    """What a bot is in a group."""

    bot: str
    admin: bool = False
    may_delete: bool = False


@dataclass(frozen=True, slots=True)
class ForumTopic:
    """A topic of a forum group. `thread_id` is the id of the service message that made it."""

    key: str
    thread_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group chat. `members` says how many people it claims to have; the cast are those who can speak."""

    key: str
    id: int
    kind: ChatKind
    title: str
    language: Language
    members: int
    cast: tuple[str, ...]
    username: str = ""
    bots: tuple[BotRole, ...] = ()
    topics: tuple[ForumTopic, ...] = ()

    @property
    def is_forum(self) -> bool:
        """Split into topics, as large groups do."""
        return bool(self.topics)


BOT = Bot(
    key="help",
    id=7_104_226_518,
    secret="SandboxOnlyKaviraHelp-not-a-secret1",  # noqa: S106
    name=f"{EXCHANGE} Help",
    username="KaviraHelpBot",
)
QUIET_BOT = Bot(
    key="quiet",
    id=7_104_226_519,
    secret="SandboxOnlyKaviraQuiet-not-a-secret",  # noqa: S106
    name=f"{EXCHANGE} Quiet",
    username="KaviraQuietBot",
    privacy=True,
)
BOTS = (BOT, QUIET_BOT)

STAFF = (
    Person(
        "mia",
        5_300_118_201,
        "Mia",
        "Larsen",
        "mia_kavira",
        "en",
        "en",
        "staff",
        False,
        "Agent, English.",
    ),
    Person(
        "elif",
        5_300_118_202,
        "Elif",
        "Aydın",
        "elif_kavira",
        "tr",
        "tr",
        "staff",
        False,
        "Agent, Turkish and English.",
    ),
    Person(
        "arman",
        5_300_118_203,
        "Arman",
        "Rezaei",
        "arman_kavira",
        "fa",
        "fa",
        "staff",
        False,
        "Agent, Persian and English. His shift ends soon.",
    ),
    Person(
        "wei",
        5_300_118_204,
        "林薇",
        "",
        "linwei_kavira",
        "zh",
        "zh-hans",
        "staff",
        False,
        "Agent, Chinese and English.",
    ),
    Person(
        "grace",
        5_300_118_205,
        "Grace",
        "Chen",
        "grace_kavira",
        "en",
        "en",
        "staff",
        False,
        "Team lead, English and Chinese.",
    ),
    Person(
        "zhao",
        5_300_118_206,
        "赵明",
        "",
        "zhaoming_kavira",
        "zh",
        "zh-hans",
        "staff",
        False,
        "Finance; writes Chinese.",
    ),
)

CAST = (
    Person(
        "dana",
        884_201_337,
        "Dana",
        "Whitfield",
        "danawhit",
        "en",
        "en",
        about="Patient, precise, has the TxID ready.",
    ),
    Person(
        "reza",
        6_120_448_930,
        "رضا",
        "محمدی",
        "",
        "fa",
        "fa",
        about="On a phone. Sent USDT by TRC20 to a BEP20 address. Begins in Latin letters.",
    ),
    Person(
        "haoran",
        6_733_905_214,
        "浩然",
        "",
        "haoran_88",
        "zh",
        "zh-hans",
        started=False,
        about="Waits for a withdrawal and says so in the group.",
    ),
    Person(
        "mehmet",
        5_512_087_764,
        "Mehmet",
        "Kaya",
        "mkaya34",
        "tr",
        "tr",
        about="Sells USDT by P2P, has a photo of the dekont, types without diacritics.",
    ),
    Person(
        "tomas",
        1_390_554_872,
        "Tomas",
        "",
        "tmsk",
        "en",
        "en",
        about="Six one-line messages where one would do.",
    ),
    Person(
        "olivia",
        7_028_113_406,
        "Olivia",
        "Brandt",
        "oliviab_",
        "en",
        "de",
        about="hacked!! funds moving",
    ),
    Person(
        "kofi",
        6_480_772_159,
        "Kofi",
        "",
        "kofi_a",
        "en",
        "en",
        started=False,
        about="Posts his twelve seed words in the group.",
    ),
    Person(
        "suport",
        7_911_640_022,
        f"{EXCHANGE} Support",
        "✅",
        "Kavira_Suport",
        "en",
        "en",
        "impostor",
        False,
        "An impostor who answers victims at once.",
    ),
    Person(
        "sunita",
        402_118_645,
        "Sunita",
        "Rao",
        "sunita_r",
        "en",
        "en",
        "veteran",
        False,
        "A kind veteran who answers everybody.",
    ),
    Person(
        "shirin",
        5_877_320_418,
        "شیرین",
        "",
        "shirin_h",
        "fa",
        "fa",
        about="Says ممنون 🙏 after her ticket is solved.",
    ),
    Person(
        "leyla",
        6_204_915_533,
        "Leyla",
        "Demir",
        "leylademir",
        "tr",
        "tr",
        about="Locked out after changing her phone.",
    ),
    Person(
        "yating",
        5_960_271_884,
        "雅婷",
        "",
        "yating_c",
        "zh",
        "zh-hant",
        about="KYC sent back for the third time; writes traditional Chinese.",
    ),
    Person(
        "ivan",
        1_120_667_390,
        "Ivan",
        "Petrov",
        "ivanp",
        "en",
        "ru",
        about="Found the same TxID that somebody else reported.",
    ),
)

ENGLISH = Group(
    "en",
    -1_002_140_553_871,
    "supergroup",
    f"{EXCHANGE} Global",
    "en",
    18_204,
    cast=("dana", "tomas", "olivia", "kofi", "suport", "sunita", "ivan", "mia", "grace"),
    username="kavira_global",
    bots=(BotRole("help", True, True), BotRole("quiet")),
)
"""The bot is admin here and may delete."""
CHINESE = Group(
    "zh",
    -1_002_266_091_402,
    "supergroup",
    f"{EXCHANGE} 中文社区",
    "zh",
    9_317,
    cast=("haoran", "yating", "sunita", "suport", "wei", "grace", "zhao"),
    username="kavira_zh",
    bots=(BotRole("help", True, False),),
)
"""The bot is admin here but may not delete."""
TURKISH = Group(
    "tr",
    -1_002_318_477_905,
    "supergroup",
    f"{EXCHANGE} Türkiye",
    "tr",
    12_480,
    cast=("mehmet", "leyla", "suport", "sunita", "elif", "grace"),
    username="kavira_tr",
    bots=(BotRole("help", True, True),),
    topics=(
        ForumTopic("withdrawals", 4, "Para çekme"),
        ForumTopic("p2p", 7, "P2P"),
        ForumTopic("chat", 9, "Sohbet"),
    ),
)
PERSIAN = Group(
    "fa",
    -4_518_220_973,
    "group",
    f"کاویرا فارسی · {EXCHANGE}",
    "fa",
    164,
    cast=("reza", "shirin", "suport", "arman", "grace"),
    bots=(BotRole("help"),),
)
"""A basic group: it can still be upgraded to a supergroup, and then gets another id. The bot is a plain member."""
GROUPS = (ENGLISH, CHINESE, TURKISH, PERSIAN)

# Chain data that is valid in form and belongs to nobody: made from hashes of plain words.
TX_REZA = "fb3a8ac4ff6737db8d10e86e770fdf394c031fcd359116c613e1e167fd1b4d98"
TX_HAORAN = "dad4e04d5a7882bb971f1f1914f09f34d7711a3f1921253f2e821aa04fd328fb"
TX_TWICE = "126250f0b7e50fdd411f9a569f0736bd88a79a9cc0d4983471cbd0157b17b389"
"""Reported by two people: dana and ivan."""
TX_OLIVIA = "0xff84c2007c0bef5c10eb5761db123511b99591813ff7908e88660b5f411da0eb"
TX_DANA = "0xef78f034348835486aecdb684bcc6de3146bc945d7d9465509df4240e82539ab"
TRON_EXCHANGE = "TVVMa7HL27koRPw1r58vJNXLzF96uu7tTK"
TRON_REZA = "TSp19EEaL9e182QNbuV56hn3Hf8qwEyU51"
TRON_HAORAN = "TMETmfJdwNLzyNjBXz9Fp5LC6F4yt4T2pq"
BSC_REZA = "0x215Cea9b5a8f61A513e49e5f55cA57cCc7c834BB"
ETH_OLIVIA = "0x12eF15448B3cfD6547138A4bd21ce8774617402C"
ETH_THIEF = "0xC71558DAF2CCEDD7e923220Dfc6701202123b9A3"
SEED_KOFI = "floor stairs setup curious bring horse color shoe girl craft tape voyage"
"""Twelve words with a valid checksum, made for this page: no wallet was ever opened with them."""


@cache
def crowd() -> tuple[Person, ...]:
    """Everybody else: people with old tickets, who all have opened the private chat."""
    return tuple(_crowd())


def _crowd() -> Iterator[Person]:
    codes: dict[Language, str] = {"en": "en", "zh": "zh-hans", "fa": "fa", "tr": "tr"}
    number = 0
    for language, names in CROWD_NAMES.items():
        for first, last, username in names:
            number += 1
            yield Person(
                f"crowd-{number}",
                6_500_000_000 + number * 7_919,
                first,
                last,
                username,
                language,
                codes[language],
                "crowd",
            )


def stranger(number: int) -> Person:
    """Somebody whom nobody has told of, by numeric id: tests need many people."""
    return Person(f"stranger-{number}", number, "Stranger", f"{number}", kind="crowd")


@cache
def people() -> dict[str, Person]:
    """Everybody by key."""
    return {person.key: person for person in (*CAST, *STAFF, *crowd())}


def person(key: str) -> Person:
    """One of them. Raises KeyError."""
    return people()[key]


def group(key: str) -> Group:
    """A group by key. Raises KeyError."""
    return {group.key: group for group in GROUPS}[key]
