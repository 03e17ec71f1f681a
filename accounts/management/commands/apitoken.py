"""`manage.py apitoken`: keys for programs, without the page. The key is printed once, alone on its line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import ApiToken, TokenScope, User
from accounts.tokens import DEFAULT_DAYS, make_token, revoke
from helpdesk.errors import DomainError


class Command(BaseCommand):
    help = "Make, list and revoke API tokens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="Print a new key on stdout.")
        create.add_argument("email")
        create.add_argument("--name", default="command line", help="Which program will use it.")
        create.add_argument("--scope", default=TokenScope.READ, choices=TokenScope.values)
        create.add_argument("--days", type=int, default=DEFAULT_DAYS, help="At most 365.")
        verbs.add_parser("list").add_argument("email", nargs="?", default="")
        verbs.add_parser("revoke").add_argument("prefix", help="As `list` shows it.")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["verb"])(options)

    def create(self, options: dict[str, Any]) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"Nobody here has the address {options['email']}.")
        what = {name: options[name] for name in ("name", "scope", "days")}
        try:
            made = make_token(user=user, **what)
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stderr.write(f"Shown this one time; it ends on {made.row.expires_at:%Y-%m-%d}.")
        self.stdout.write(made.key)

    def list(self, options: dict[str, Any]) -> None:
        rows = ApiToken.objects.select_related("user").order_by("user__email", "pk")
        if options["email"]:
            rows = rows.filter(user__email__iexact=options["email"])
        for row in rows:
            used = f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"
            state = f"ends {row.expires_at:%Y-%m-%d}" if row.is_alive else "over"
            self.stdout.write(
                f"{row.prefix}\t{row.user.email}\t{row.scope}\t{state}\t{used}\t{row.name}"
            )

    def revoke(self, options: dict[str, Any]) -> None:
        row = ApiToken.objects.filter(prefix=options["prefix"]).first()
        if row is None:
            raise CommandError(f"No token begins with {options['prefix']}.")
        revoke(row)
        self.stdout.write(f"Revoked: {row}.")
