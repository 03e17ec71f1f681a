"""What left the desk, or did not; and the files of messages."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.answers import DeliveryAnswer
from api.bodies import Nothing
from api.endpoint import Endpoint, ListEndpoint, found
from api.idempotency import once
from tickets.actions.delivery import retry
from tickets.models import Delivery
from tickets.views.attachments import served, visible_attachment


def deliveries(user: User) -> QuerySet[Delivery]:
    return Delivery.objects.visible_to(user).select_related("message")


@extend_schema(summary="List deliveries")
class Deliveries(ListEndpoint):
    serializer_class = DeliveryAnswer
    orders = {"-id": ("-id",), "id": ("id",)}

    def get_queryset(self) -> QuerySet[Delivery]:
        return deliveries(self.actor)


class OneDelivery(Endpoint):
    @extend_schema(summary="Read a delivery", responses=DeliveryAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(DeliveryAnswer, found(deliveries(self.actor), pk=pk))


class Retry(Endpoint):
    @extend_schema(
        summary="Send it again",
        description="A failed or unknown part, and what failed behind it; never what went out.",
        request=Nothing,
        responses=DeliveryAnswer,
    )
    @once
    def post(self, request: Request, pk: int) -> Response:
        delivery = found(deliveries(self.actor), pk=pk)
        self.body(Nothing)
        retry(actor=self.actor, delivery=delivery)
        return self.answer(DeliveryAnswer, found(deliveries(self.actor), pk=pk))


class File(Endpoint):
    @extend_schema(summary="Download an attachment", responses={(200, "*/*"): OpenApiTypes.BINARY})
    def get(self, request: Request, uuid: UUID) -> FileResponse:
        return served(visible_attachment(self.actor, uuid), preview=False)
