"""Who works here: users, the teams they are in, and their numeric ids on outside services."""

from __future__ import annotations

import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.managers import TeamQuerySet, UserManager


def validate_time_zone(name: str) -> None:
    """An IANA name that this machine knows. Raises ValidationError."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("%(name)s is no time zone. Write it like Europe/Istanbul."), params={"name": name}
        )


def initials_of(name: str) -> str:
    """Two letters for a colleague's avatar."""
    return "".join(word[0] for word in name.split()[:2]).upper()


class Language(models.TextChoices):
    """The languages that the desk works in, as tickets and skills name them."""

    ENGLISH = "en", _("English")
    CHINESE = "zh", _("Chinese")
    PERSIAN = "fa", _("Persian")
    TURKISH = "tr", _("Turkish")


class Availability(models.TextChoices):
    AVAILABLE = "available", _("Available")
    BUSY = "busy", _("Busy")
    AWAY = "away", _("Away")


class User(AbstractBaseUser):
    """A person of the desk. What they may do follows from `is_admin` and their memberships."""

    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=80)
    public_alias = models.CharField(
        max_length=40, blank=True, help_text=_("The name that people outside see.")
    )
    is_active = models.BooleanField(default=True)
    is_admin = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False, editable=False)
    about = models.CharField(max_length=160, blank=True)
    languages = ArrayField(
        models.CharField(max_length=8, choices=Language.choices), default=list, blank=True
    )
    topics = ArrayField(models.SlugField(max_length=40), default=list, blank=True)
    availability = models.CharField(
        max_length=12, choices=Availability.choices, default=Availability.AVAILABLE
    )
    time_zone = models.CharField(max_length=40, default="UTC", validators=[validate_time_zone])
    ui_language = models.CharField(max_length=10, default="en")
    theme = models.CharField(
        max_length=6,
        default="auto",
        choices=[("auto", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    single_keys = models.BooleanField(default=True, help_text=_("One-letter keyboard shortcuts."))
    undo_seconds = models.PositiveSmallIntegerField(default=5)
    welcomed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            models.CheckConstraint(
                condition=models.Q(undo_seconds__lte=20), name="user_undo_at_most_20_s"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def initials(self) -> str:
        return initials_of(self.display_name)

    @property
    def outside_name(self) -> str:
        """What people outside see; the real name never leaves the desk."""
        return self.public_alias or str(_("Support"))

    @cached_property
    def roles(self) -> dict[int, str]:
        """Team id -> role, read once per request."""
        return dict(self.memberships.values_list("team_id", "role"))

    @property
    def role(self) -> str:
        """The highest role they have, in words."""
        if self.is_admin:
            return str(_("Admin"))
        return str((Role.LEAD if self.is_lead else Role.AGENT).label)

    @property
    def is_lead(self) -> bool:
        return self.is_admin or Role.LEAD in self.roles.values()

    # Django's admin (development only) asks these.
    @property
    def is_staff(self) -> bool:
        return self.is_admin

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_active and self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_admin


class Team(models.Model):
    """The owner of a queue."""

    name = models.CharField(max_length=60, unique=True)
    members = models.ManyToManyField(User, through="Membership", related_name="teams")

    objects: ClassVar[TeamQuerySet] = TeamQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    AGENT = "agent", _("Agent")
    LEAD = "lead", _("Lead")


class Membership(models.Model):
    """What somebody is in one team."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.AGENT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once_per_team")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team} · {self.role}"


class StaffIdentity(models.Model):
    """A user's numeric id on an outside service. Words under this id are staff's words, never a request."""

    user = models.ForeignKey(User, models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=16)
    external_id = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "staff identities"
        constraints = [
            models.UniqueConstraint(fields=["kind", "external_id"], name="staff_identity_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.external_id}"


class TokenScope(models.TextChoices):
    READ = "read", _("Read only")
    WRITE = "write", _("Read and write")


class ApiToken(models.Model):
    """A program's key: it may do what its user may, or only read it. The key itself is not kept, only its SHA-256."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.CharField(max_length=64, editable=False)
    scope = models.CharField(max_length=8, choices=TokenScope.choices, default=TokenScope.READ)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_alive(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()
