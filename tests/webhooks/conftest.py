"""A receiver on this machine, which only these tests may call, and a subscription that leads there."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.webhooks.receiver import Receiver
from webhooks.actions.feed import latest_event
from webhooks.kinds import Kind
from webhooks.models import Subscription

Subscribe = Callable[..., Subscription]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.1")]
    with Receiver() as running:
        yield running


@pytest.fixture
def subscribe(db: None, receiver: Receiver) -> Subscribe:
    """Of every kind and all teams, if nothing else is said."""

    def make(**fields: Any) -> Subscription:
        values = {
            "name": f"Billing {Subscription.objects.count()}",
            "url": receiver.url,
            "kinds": Kind.values,
            "after_event": latest_event(),
        }
        return Subscription.objects.create(**values | fields)

    return make
