from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from helpdesk.crypto import encrypt, seal, unseal


def test_what_is_sealed_opens_for_its_purpose_only() -> None:
    token = seal("visit", 7, "key", True)
    assert unseal("visit", token) == [7, "key", True]
    for other in ("file", "", "visi", "visit "):
        with pytest.raises(ValueError, match="another purpose"):
            unseal(other, token)


@pytest.mark.parametrize("said", ['"visit"', "1", "{}", "[]", '["file", "visit"]', "no JSON"])
def test_what_was_encrypted_and_not_sealed_opens_nothing(said: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        unseal("visit", encrypt(said))


def test_it_runs_out() -> None:
    token = seal("visit", 7)
    with (
        time_machine.travel(timezone.now() + timedelta(seconds=61)),
        pytest.raises(ValueError, match="too old"),
    ):
        unseal("visit", token, ttl=60)
