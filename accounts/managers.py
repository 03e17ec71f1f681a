from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.base_user import BaseUserManager
from django.db.models import QuerySet

if TYPE_CHECKING:
    from accounts.models import Team, User  # noqa: F401


class UserManager(BaseUserManager["User"]):
    """Users by e-mail, in lower case: an address is one person however it is typed."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{**fields, "is_admin": True})


class TeamQuerySet(QuerySet["Team"]):
    def visible_to(self, user: User) -> Self:
        """One's own teams; an admin sees all."""
        return self if user.is_admin else self.filter(pk__in=list(user.roles))
