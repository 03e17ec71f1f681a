"""What every address of the API has in common."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar, cast

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts.models import User
from api.fields import Body
from api.paging import PAGING, Keyset

Row = TypeVar("Row", bound=Model)


class Endpoint(APIView):
    """Times in UTC, nothing kept by caches, and no query parameter that means nothing here."""

    http_method_names = ["get", "head", "post", "put"]
    parameters: ClassVar[frozenset[str]] = frozenset()
    repeatable: ClassVar[frozenset[str]] = frozenset()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with timezone.override(None):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        len(request._request.body)  # too large a body is refused here, before anything reads it
        if hasattr(self, (request.method or "").lower()):
            refuse_unknown(request, self.parameters, self.repeatable)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    @property
    def actor(self) -> User:
        return cast(User, self.request.user)

    def body(self, kind: type[Body]) -> dict[str, Any]:
        """The request's body, checked. Raises ValidationError."""
        form = kind(data=self.request.data, context={"request": self.request})
        form.is_valid(raise_exception=True)
        return cast(dict[str, Any], form.validated_data)

    def answer(self, kind: type[BaseSerializer[Any]], row: Any, *, status: int = 200) -> Response:
        return Response(kind(row, context={"request": self.request}).data, status=status)


class ListEndpoint(Endpoint, ListModelMixin, GenericAPIView[Any]):
    """A list by keyset. `orders`: name -> columns; see `api.paging.Keyset`."""

    pagination_class = Keyset
    parameters = PAGING
    orders: ClassVar[dict[str, tuple[str, ...]]] = {"id": ("id",)}

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request)


def refuse_unknown(
    request: Request, known: frozenset[str], repeatable: frozenset[str] = frozenset()
) -> None:
    """A misspelt filter must not silently show everything. Raises ValidationError."""
    wrong = {}
    for name, values in request.query_params.lists():
        if name not in known:
            wrong[name[:100]] = [_("There is no such parameter here.")]
        elif "" in values:
            wrong[name] = [_("Say something, or leave it out.")]
        elif len(values) > 1 and name not in repeatable:
            wrong[name] = [_("Once is enough.")]
    if wrong:
        raise ValidationError(dict(list(wrong.items())[:10]))


def found(rows: QuerySet[Row], **which: Any) -> Row:
    """The one row. Raises Http404 for one that is not there or out of sight."""
    try:
        return rows.get(**which)
    except ObjectDoesNotExist:
        raise Http404 from None
