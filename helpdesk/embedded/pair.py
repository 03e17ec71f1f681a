"""PostgreSQL and Valkey together: what `make run` and the tests start."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from helpdesk.embedded.places import Places
from helpdesk.embedded.postgres import Postgres
from helpdesk.embedded.process import Child, Spec, start_ready
from helpdesk.embedded.programs import find_programs
from helpdesk.embedded.valkey import Valkey


@dataclass(frozen=True)
class Passwords:
    """One for each service; random unless given."""

    postgres: str = ""
    valkey: str = ""

    @classmethod
    def random(cls) -> Passwords:
        """Fresh ones."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24))


class Pair:
    """Both services of one installation, as children of this process."""

    def __init__(
        self,
        places: Places,
        passwords: Passwords,
        make_child: Callable[[Spec], Child],
        *,
        durable: bool = True,
    ) -> None:
        programs = find_programs(places)
        self.places = places
        self.postgres = Postgres(places, programs, passwords.postgres, durable)
        self.valkey = Valkey(places, programs, passwords.valkey, durable)
        self.postgres_child = make_child(self.postgres.spec())
        self.valkey_child = make_child(self.valkey.spec())

    def start(self) -> None:
        """Start both and wait until they answer. Raises StartError or DataError."""
        self.start_postgres()
        self.start_valkey()

    def start_postgres(self) -> None:
        """Start PostgreSQL, making the cluster and the database at the first time."""
        self.postgres.prepare()
        start_ready(self.postgres_child, self.postgres.ready)
        self.postgres.create_database()

    def start_valkey(self) -> None:
        """Start Valkey."""
        self.valkey.prepare()
        start_ready(self.valkey_child, self.valkey.ready)

    def stop(self) -> None:
        """Stop both, Valkey first."""
        self.valkey_child.stop()
        self.postgres_child.stop()
