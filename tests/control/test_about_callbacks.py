"""The router's door for callbacks, through its real socket."""

from pathlib import Path

import pytest

from cti_router.core.callback import AskCallback, CancelCallback
from tests.desk import CALLBACK, Desk, speaking_to


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({"call": "c1"}, AskCallback("c1", author="command")),
        ({"call": "c1", "author": "anne"}, AskCallback("c1", author="anne")),
        (
            {"call": "c1", "not_before_at": 1763902800.5},
            AskCallback("c1", author="command", not_before_at=1763902800.5),
        ),
        ({"number": "02 61 91 01 01"}, AskCallback(e164=33261910101, author="command")),
        (
            {"number": "+33261910101", "to": "+33261910001", "profile": "employer"},
            AskCallback(e164=33261910101, dnis=33261910001, profile="employer", author="command"),
        ),
    ],
)
async def test_somebody_is_to_be_called_back(
    desk: Desk, tmp_path: Path, body: dict[str, str], asked: AskCallback
) -> None:
    async with speaking_to(desk, tmp_path / "control.sock") as control:
        answer = await control.post("/callbacks", json=body)
    assert answer.json() == {"accepted": True, "callback": "caen-cb1"}
    assert desk.callback_requests == [asked]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "tell either a call or a number"),
        ({"call": "c1", "number": "0261910101"}, "tell either a call or a number"),
        ({"number": "nobody"}, "'nobody' is no telephone number"),
        ({"number": "0261910101", "to": "us"}, "'us' is no telephone number"),
        ({"call": "c1", "author": "a" * 101}, f"author {'a' * 40!r} is no name of at most 100 characters"),
        ({"call": "c1", "not_before_at": "14:00"}, "not_before_at '14:00' is no time: POSIX seconds"),
        ({"call": "c1", "not_before_at": True}, "not_before_at 'True' is no time: POSIX seconds"),
        ({"call": "c1", "not_before_at": 1e12}, "not_before_at '1000000000000.0' is no time: POSIX seconds"),
        ([], "not an object with call or number"),
    ],
)
async def test_who_cannot_be_called_back_is_refused(desk: Desk, tmp_path: Path, body: object, why: str) -> None:
    async with speaking_to(desk, tmp_path / "control.sock") as control:
        answer = await control.post("/callbacks", json=body)
    assert (answer.status_code, answer.json()["why"]) == (400, why)
    assert desk.callback_requests == []


async def test_callbacks_are_listed_and_cancelled(desk: Desk, tmp_path: Path) -> None:
    async with speaking_to(desk, tmp_path / "control.sock") as control:
        assert (await control.get("/callbacks")).json() == [CALLBACK]
        assert (await control.delete("/callbacks/caen-cb1?author=anne")).json() == {"accepted": True}
        answer = await control.delete("/callbacks/nothing")
    assert (answer.status_code, answer.json()["why"]) == (409, "no callback 'nothing' is open")
    assert desk.callback_requests[0] == CancelCallback("caen-cb1", author="anne")
