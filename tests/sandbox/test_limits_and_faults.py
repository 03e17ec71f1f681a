"""Too fast, and trouble on order."""

from __future__ import annotations

import httpx
import pytest

from connectors.sandbox import world
from tests.sandbox_process import SandboxProcess

DANA = world.person("dana").id


def send(sandbox: SandboxProcess, chat_id: int = DANA, text: str = "hi") -> httpx.Response:
    return sandbox.call("sendMessage", chat_id=chat_id, text=text)


def test_a_chat_takes_a_burst_then_one_a_second(sandbox: SandboxProcess) -> None:
    answers = [send(sandbox) for _ in range(7)]
    codes = [answer.status_code for answer in answers]
    assert codes[:5] == [200] * 5 and codes[-1] == 429
    body = answers[-1].json()
    assert body["parameters"]["retry_after"] == 1
    assert body["description"] == "Too Many Requests: retry after 1"
    assert send(sandbox, world.person("reza").id).status_code == 200


def test_limits_can_be_switched_off(sandbox: SandboxProcess) -> None:
    sandbox.limits(False)
    try:
        assert {send(sandbox).status_code for _ in range(12)} == {200}
    finally:
        sandbox.limits(True)


def test_a_fault_hits_the_next_matching_calls_only(sandbox: SandboxProcess) -> None:
    sandbox.fault("429", method="sendMessage", times=2, retry_after=7)
    assert sandbox.call("getMe").status_code == 200
    first = send(sandbox)
    assert (first.status_code, first.json()["parameters"]["retry_after"]) == (429, 7)
    assert [send(sandbox).status_code for _ in range(2)] == [429, 200]


def test_a_fault_can_let_some_calls_pass(sandbox: SandboxProcess) -> None:
    sandbox.fault("500", method="sendMessage", skip=1)
    assert [send(sandbox).status_code for _ in range(3)] == [200, 500, 200]


def test_an_unnamed_fault_spares_the_poller(sandbox: SandboxProcess) -> None:
    sandbox.fault("500")
    assert sandbox.call("getUpdates").status_code == 200
    assert send(sandbox).status_code == 500
    sandbox.fault("500", method="getUpdates")
    assert sandbox.call("getUpdates").status_code == 500


@pytest.mark.parametrize(("kind", "arrives"), [("close", False), ("lost", True)])
def test_a_connection_breaks_before_or_after_the_work(
    sandbox: SandboxProcess, kind: str, arrives: bool
) -> None:
    sandbox.fault(kind)
    with pytest.raises(httpx.RemoteProtocolError):
        send(sandbox, text="did it arrive?")
    assert bool(sandbox.bot_texts(person="dana")) is arrives


@pytest.mark.parametrize(("kind", "arrives"), [("hang", False), ("stall", True)])
def test_a_call_hangs_before_or_after_the_work(
    sandbox: SandboxProcess, kind: str, arrives: bool
) -> None:
    sandbox.fault(kind)
    url = f"{sandbox.url}/bot{sandbox.token}/sendMessage"
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(url, json={"chat_id": DANA, "text": "x"}, timeout=0.3, trust_env=False)
    assert bool(sandbox.bot_texts(person="dana")) is arrives


def test_an_update_comes_twice_under_one_id(sandbox: SandboxProcess) -> None:
    sandbox.say("dana", "private", "once")
    (update,) = sandbox.call("getUpdates").json()["result"]
    confirmed = update["update_id"] + 1
    assert sandbox.call("getUpdates", offset=confirmed).json()["result"] == []
    sandbox.duplicate()
    assert sandbox.call("getUpdates", offset=confirmed).json()["result"] == [update]
    assert sandbox.call("getUpdates", offset=confirmed).json()["result"] == []


def test_an_update_comes_twice_under_a_new_id(sandbox: SandboxProcess) -> None:
    sandbox.say("dana", "private", "once")
    sandbox.duplicate(renumber=True)
    first, second = sandbox.call("getUpdates").json()["result"]
    assert first["message"] == second["message"]
    assert second["update_id"] == first["update_id"] + 1


def test_a_share_of_the_updates_is_replayed(sandbox: SandboxProcess) -> None:
    sandbox.replay_rate(1.0)
    sandbox.say("dana", "private", "a")
    (update,) = sandbox.call("getUpdates").json()["result"]
    again = sandbox.call("getUpdates", offset=update["update_id"] + 1).json()["result"]
    assert again == [update]


def test_an_update_from_before_a_reset_comes_again(sandbox: SandboxProcess) -> None:
    sandbox.say("dana", "private", "long ago")
    sandbox.reset()
    (update_id,) = sandbox.duplicate()
    (update,) = sandbox.call("getUpdates").json()["result"]
    assert update["update_id"] == update_id
    assert sandbox.ledger().updates == []


def test_an_unknown_fault_is_refused(sandbox: SandboxProcess) -> None:
    with pytest.raises(AssertionError, match="A fault is one of"):
        sandbox.fault("earthquake")


def test_a_strange_page_may_not_use_the_controls(sandbox: SandboxProcess) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    url = f"{sandbox.url}/control/reset"
    assert httpx.post(url, json={}, headers=headers, trust_env=False).status_code == 403
