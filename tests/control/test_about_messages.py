"""The router's door for the work that voice messages are, through its real socket."""

from pathlib import Path

import pytest

from tests.desk import MESSAGE, Desk, speaking_to
from tests.wavs import wav


@pytest.mark.parametrize(
    ("asked", "calls"),
    [
        ({}, ["caen-1.1"]),
        ({"all": "1"}, ["caen-1.1", "caen-1.2"]),
        ({"site": "rouen"}, ["caen-1.1"]),
        ({"site": "caen"}, []),
    ],
)
async def test_messages_are_listed(desk: Desk, tmp_path: Path, asked: dict[str, str], calls: list[str]) -> None:
    async with speaking_to(desk, tmp_path / "control.sock") as control:
        answer = await control.get("/messages", params={"limit": "7", **asked})
        assert [message["id"] for message in answer.json()] == calls
        answer = await control.get("/messages", params={"limit": "many"})
    assert answer.json()["why"] == "limit 'many' is none of 1 to 99999"
    assert desk.limits == [7]


async def test_a_message_is_done(desk: Desk, tmp_path: Path) -> None:
    async with speaking_to(desk, tmp_path / "control.sock") as control:
        answer = await control.post(f"/messages/{MESSAGE['id']}/done", json={"author": "anne", "note": "rappelée"})
        assert answer.json() == {"accepted": True}
        answer = await control.post("/messages/nothing/done", json={"author": "anne"})
        assert (answer.status_code, answer.json()["why"]) == (409, "no message 'nothing' is known")
        answer = await control.post("/messages/nothing/done", json=[])
        assert (answer.status_code, answer.json()["why"]) == (400, "not an object with author and note")
    assert desk.done == [("caen-1.1", "anne", "rappelée"), ("nothing", "anne", "")]


async def test_its_sound_is_given_out(desk: Desk, tmp_path: Path) -> None:
    desk.sound = tmp_path / "caen-1.1.wav"
    desk.sound.write_bytes(wav())
    async with speaking_to(desk, tmp_path / "control.sock") as control:
        answer = await control.get(f"/messages/{MESSAGE['id']}/sound")
        assert (answer.content, answer.headers["content-type"]) == (wav(), "audio/wav")
        answer = await control.get("/messages/nothing/sound")
    assert (answer.status_code, answer.json()["why"]) == (404, "no sound of a message 'nothing' is here")
