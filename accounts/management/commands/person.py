"""`manage.py person add`: give somebody a place at the desk. There is no sign-up."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Language, Membership, Role, StaffIdentity, Team, User


class Command(BaseCommand):
    help = "Add a person to the desk: an agent or lead of a team, or an admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_subparsers(dest="verb", required=True).add_parser("add")
        add.add_argument("email")
        add.add_argument("--name", required=True, help="The real name; it never leaves the desk.")
        add.add_argument("--alias", default="", help="The name that people outside see.")
        add.add_argument("--team", default="Support", help="Made if there is none of that name.")
        add.add_argument("--role", default=Role.AGENT, choices=Role.values)
        add.add_argument("--admin", action="store_true")
        add.add_argument("--languages", default="en", help="Such as en,tr")
        add.add_argument(
            "--telegram-id", default="", help="Numeric: words under it are never a request."
        )
        add.add_argument(
            "--password", default="", help="`-` reads it from stdin; asked for when left out."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        languages = [word for word in options["languages"].split(",") if word]
        if unknown := set(languages) - set(Language.values):
            raise CommandError(f"Not a language of the desk: {', '.join(sorted(unknown))}.")
        if User.objects.filter(email__iexact=options["email"]).exists():
            raise CommandError(f"{options['email']} has a place already.")
        if options["telegram_id"] and not options["telegram_id"].isdigit():
            raise CommandError("--telegram-id is a number; a @name changes hands.")
        person = User(
            email=options["email"].strip().lower(),
            display_name=options["name"],
            public_alias=options["alias"],
            languages=languages,
            is_admin=options["admin"],
        )
        _set_password(person, options["password"])
        _add(person, options)
        self.stdout.write(f"{person.display_name} may sign in as {person.email}.")


def _set_password(person: User, given: str) -> None:
    password = sys.stdin.readline().rstrip("\n") if given == "-" else given or getpass.getpass()
    person.set_password(password)
    try:
        person.full_clean()
        validate_password(password, person)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None


@transaction.atomic
def _add(person: User, options: dict[str, Any]) -> None:
    person.save()
    team, _made = Team.objects.get_or_create(name=options["team"])
    Membership.objects.create(team=team, user=person, role=options["role"])
    if options["telegram_id"]:
        StaffIdentity.objects.create(
            user=person, kind="telegram", external_id=options["telegram_id"]
        )
