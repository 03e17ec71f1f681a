"""Who works at the demo's desk. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from accounts.models import Role

SUPPORT: Final = "Support"
FINANCE: Final = "Finance"
DOMAIN: Final = "kavira.example"


@dataclass(frozen=True, slots=True)
class Worker:
    """One of the staff; with the same key they have a Telegram account in the sandbox's world, if any."""

    key: str
    name: str
    alias: str
    languages: tuple[str, ...]
    time_zone: str
    about: str
    teams: tuple[tuple[str, Role], ...] = ((SUPPORT, Role.AGENT),)
    topics: tuple[str, ...] = ()
    is_admin: bool = False
    signatures: Mapping[str, str] = field(default_factory=dict)
    """How they write their alias in another language."""

    def signature(self, language: str) -> str:
        """What stands under their first answer."""
        return self.signatures.get(language, self.alias)

    @property
    def email(self) -> str:
        """What they sign in with."""
        return f"{self.key}@{DOMAIN}"


WORKERS: Final = (
    Worker(
        "mia",
        "Mia Larsen",
        "Mia",
        ("en",),
        "Europe/Copenhagen",
        "Answers in English. Somebody just posted a recovery phrase in her group, and an account is being emptied.",
        topics=("deposit_not_arrived", "trading_order", "account_compromised", "secret_exposed"),
    ),
    Worker(
        "elif",
        "Elif Aydın",
        "Elif",
        ("tr", "en"),
        "Europe/Istanbul",
        "Answers in Turkish and English. Her day is P2P: receipts, banks, and sellers who wait.",
        topics=("p2p", "withdrawal_pending", "login_2fa"),
    ),
    Worker(
        "arman",
        "Arman Rezaei",
        "Arman",
        ("fa", "en"),
        "Asia/Tehran",
        "Answers in Persian and English. His shift ends soon, and nobody else on duty reads Persian.",
        topics=("wrong_network", "kyc", "withdrawal_pending"),
        signatures={"fa": "آرمان"},
    ),
    Worker(
        "wei",
        "林薇",
        "小薇",
        ("zh", "en"),
        "Asia/Shanghai",
        "Answers in Chinese and English. In her group everybody asks where the withdrawals are.",
        topics=("withdrawal_pending", "deposit_not_arrived", "kyc"),
        signatures={"en": "Wei"},
    ),
    Worker(
        "grace",
        "Grace Chen",
        "Grace",
        ("en", "zh"),
        "Asia/Singapore",
        "Leads the team, in English and Chinese. She sees every ticket of both teams, and what goes wrong next.",
        teams=((SUPPORT, Role.LEAD), (FINANCE, Role.LEAD)),
    ),
    Worker(
        "zhao",
        "赵明",
        "财务组",
        ("zh",),
        "Asia/Shanghai",
        "Finance. Writes Chinese. Sees only what was escalated to his team, and answers inside the ticket.",
        teams=((FINANCE, Role.AGENT),),
    ),
    Worker(
        "noor",
        "Noor Haddad",
        "Noor",
        ("en",),
        "UTC",
        "Runs the installation: channels, people, everything.",
        teams=(),
        is_admin=True,
    ),
)
BY_KEY: Final = {worker.key: worker for worker in WORKERS}
