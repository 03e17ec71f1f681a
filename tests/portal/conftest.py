from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cast import Desk
from tests.portal.door import Visitor, form_channel
from tickets.models import Channel


@pytest.fixture(autouse=True)
def _places(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def form_door(desk: Desk) -> Channel:
    """The web form of Alice's team, open."""
    return form_channel(desk.team)


@pytest.fixture
def dana(form_door: Channel) -> Visitor:
    return Visitor()
