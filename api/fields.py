"""Fields that take what the schema says and nothing that merely looks like it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from accounts.models import User

MOST_NAMED = 10
LARGEST_ID = 2**63 - 1


class Body(serializers.Serializer[Any]):
    """What a write takes. A key that it does not know is refused: it was meant to do something."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown:
            raise serializers.ValidationError(
                {name[:100]: [_("Unknown key.")] for name in unknown[:MOST_NAMED]}
            )
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A string; a number is none."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number; a string of digits, a fraction or a boolean is none."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.INT64)
class Id(Whole):
    """The id of a row that the actor may use. Unknown and out of reach are the same."""

    default_error_messages = {"unknown": _("There is none with this id that you may use.")}

    def __init__(self, rows: Callable[[User], QuerySet[Any]], **options: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **options)
        self.rows = rows

    def run_validation(self, data: Any = empty) -> Any:
        pk = super().run_validation(data)
        if pk is None:
            return None
        row = self.rows(self.context["request"].user).filter(pk=pk).first()
        if row is None:
            self.fail("unknown")
        return row
