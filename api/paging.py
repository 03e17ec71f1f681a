"""Pages by position: "what comes after this row". The same cost on every page, and no row twice or left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

PAGE, MOST = 50, 100
PAGING = frozenset({"cursor", "page_size", "ordering"})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Keyset(BasePagination):
    """The view's `orders` names what rows can be sorted by: one column or two, the last unique. The first one holds.

    A cursor says its order and where the page before ended: `due~1764892800000000~1042`.
    """

    next_url: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        size = _size(request.query_params.get("page_size"))
        order, mark = _asked(request.query_params, view.orders)
        columns = view.orders[order]
        if mark is not None:
            queryset = queryset.filter(_after(queryset, columns, mark.split("~")))
        found = list(queryset.order_by(*columns)[: size + 1])
        if len(found) > size:
            end = "~".join([order, *(_text(found[size - 1], column) for column in columns)])
            self.next_url = replace_query_param(request.build_absolute_uri(), "cursor", end)
        return found[:size]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next_url, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {**following, "description": "The next page; null on the last one."},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE}
        orders = list(view.orders)
        return [
            _parameter("cursor", {"type": "string"}, "Of a `next` address, as it stands there."),
            _parameter("page_size", size, ""),
            _parameter("ordering", {"type": "string", "enum": orders, "default": orders[0]}, ""),
        ]


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": schema,
        "description": description,
    }


def _asked(query: Mapping[str, str], orders: Mapping[str, Any]) -> tuple[str, str | None]:
    """By what to sort, and the mark to go on behind (None from the beginning). Raises ValidationError."""
    asked, cursor = query.get("ordering"), query.get("cursor")
    if cursor is None:
        order = next(iter(orders)) if asked is None else asked
        if order not in orders:
            raise ValidationError({"ordering": [", ".join(orders)]})
        return order, None
    order, _tilde, mark = cursor.partition("~")
    if order not in orders or asked not in (None, order):
        raise _bad_cursor()
    return order, mark


def _size(text: str | None) -> int:
    if text is None:
        return PAGE
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST):
        raise ValidationError({"page_size": [_("From 1 to %(most)s.") % {"most": MOST}]})
    return int(text)


def _bad_cursor() -> ValidationError:
    return ValidationError({"cursor": [_("That is no cursor of this list.")]})


def _after(queryset: QuerySet[Any], columns: tuple[str, ...], parts: list[str]) -> Q:
    """What sorts behind these values. The first column alone marks one stretch of an index."""
    if len(parts) != len(columns):
        raise _bad_cursor()
    behind = "lt" if columns[0].startswith("-") else "gt"
    names = [column.removeprefix("-") for column in columns]
    values = [_value(queryset, *pair) for pair in zip(names, parts, strict=True)]
    if len(names) == 1:
        return Q(**{f"{names[0]}__{behind}": values[0]})
    beyond = Q(**{names[0]: values[0]}) & ~Q(**{f"{names[1]}__{behind}": values[1]})
    return Q(**{f"{names[0]}__{behind}e": values[0]}) & ~beyond


def _value(queryset: QuerySet[Any], name: str, part: str) -> Any:
    digits = part.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise _bad_cursor()
    field = queryset.model._meta.get_field(name)
    if not isinstance(getattr(field, "output_field", field), DateTimeField):
        return int(part)
    try:
        return EPOCH + int(part) * MICROSECOND
    except OverflowError:
        raise _bad_cursor() from None


def _text(row: Any, column: str) -> str:
    value = getattr(row, column.removeprefix("-"))
    return str((value - EPOCH) // MICROSECOND if isinstance(value, datetime) else value)
