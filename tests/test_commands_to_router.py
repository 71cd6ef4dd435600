"""The commands that speak with a running router, as somebody types them."""

import getpass
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from cti_router.core.aside import (
    CancelConsultation,
    ConnectConsultation,
    Consult,
    HangUpCall,
    HoldCall,
    RetrieveCall,
    Transfer,
)
from cti_router.core.callback import AskCallback, PlaceCall
from cti_router.core.inputs import Presence, Request, SetPresence
from cti_router.core.instructions import Accepted, Refused
from tests.core.board import at
from tests.desk import Desk, serving, started, typed_to_router
from tests.test_status import STATUS
from tests.test_trace import TRACED
from tests.wavs import wav


@pytest.mark.parametrize("words", [("presence", "rose", "available"), ("calls",), ("calls", "--json"), ("trace", "c1")])
def test_without_a_router_it_says_what_to_look_at(tmp_path: Path, words: tuple[str, ...]) -> None:
    # In a process of its own: httpcore leaves a socket it could not connect to the garbage collector.
    result = started(*words, "--socket", tmp_path / "control.sock")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("no router answers at its control socket (")
    assert result.stderr.endswith("); is it running, and is --socket right?\n")


class _Running(Desk):
    """A router with one call in progress, whose disk may be full."""

    full = False

    async def request(self, request: Request) -> Accepted | Refused:
        if self.full:
            raise OSError("disk full")
        return await super().request(request)

    def status(self) -> dict[str, Any]:
        return STATUS

    async def trace(self, call: str) -> dict[str, Any] | None:
        return TRACED if call == TRACED["call"]["id"] else None

    async def calls(self, limit: int) -> Sequence[dict[str, Any]]:
        self.limits.append(limit)
        return [
            {
                "id": "c1", "arrived_at": "2026-11-23T09:00:07+01:00", "profile": "employer", "duty_site": "rouen",
                "advisor": None, "path": ["caen", "rouen"], "waited_s": 12.25, "talked_s": 0.0, "outcome": None,
                "direction": "out", "because": "Rouen est de permanence",
            }
        ]  # fmt: skip


@pytest.fixture
async def router(tmp_path: Path) -> AsyncIterator[_Running]:
    router = _Running()
    async with serving(router, tmp_path / "control.sock"):
        yield router


async def test_presence_is_asked_for_and_confirmed(router: _Running, tmp_path: Path) -> None:
    result = await typed_to_router(tmp_path, "presence", "rose", "absent", "--reason", "déjeuner")
    assert (result.exit_code, result.stdout) == (0, "rose: absent\n")
    assert router.requests == [SetPresence("rose", Presence.NOT_READY, "déjeuner", "command")]


async def test_an_absence_may_have_a_length_and_a_day_its_phone(router: _Running, tmp_path: Path) -> None:
    result = await typed_to_router(
        tmp_path, "presence", "rose", "absent", "--reason", "lunch", "--for", "45min", "--phone", "202"
    )
    assert result.exit_code == 0
    assert router.requests == [SetPresence("rose", Presence.NOT_READY, "lunch", "command", 2700.0, "202")]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (
            ("rose", "absent", "--for", "45"),
            "--for: must be a duration: a whole number and its unit, such as 300ms, 20s, 2min, 1h or 30d\n",
        ),
        (
            ("rose", "absent", "--force", "--until", "12:00", "--for", "45min"),
            "--for and --phone are what an advisor chooses: leave them out with --force, which has --until\n",
        ),
        (("zorro", "available"), "unknown advisor 'zorro'\n"),
        (("rose", "asleep"), "presence 'asleep' is none of available, absent, logged_out, wrap_up_over\n"),
    ],
)
async def test_what_the_router_refuses_is_an_error(
    router: _Running, tmp_path: Path, words: tuple[str, str], why: str
) -> None:
    result = await typed_to_router(tmp_path, "presence", *words)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", why)


async def test_what_the_router_could_not_do_is_an_error(router: _Running, tmp_path: Path) -> None:
    router.full = True
    result = await typed_to_router(tmp_path, "presence", "rose", "available")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "the router could not do it (HTTP 500); its log says why\n"


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        (("transfer", "rose", "--skill", "tax", "--level", "5"), Transfer("rose", "tax", 5, getpass.getuser())),
        (("consult", "rose", "--skill", "tax"), Consult("rose", "tax", 4, getpass.getuser())),
        (("connect", "rose"), ConnectConsultation("rose", getpass.getuser())),
        (("cancel", "rose"), CancelConsultation("rose", getpass.getuser())),
        (("hold", "rose"), HoldCall("rose", getpass.getuser())),
        (("retrieve", "rose"), RetrieveCall("rose", getpass.getuser())),
        (("hangup", "rose"), HangUpCall("rose", getpass.getuser())),
    ],
)
async def test_what_an_advisor_does_with_his_call(
    router: _Running, tmp_path: Path, words: tuple[str, ...], request_: Request
) -> None:
    result = await typed_to_router(tmp_path, *words)
    assert (result.exit_code, result.stdout) == (0, f"rose: {words[0]}\n")
    assert router.requests == [request_]


async def test_what_cannot_be_done_with_a_call_is_an_error(router: _Running, tmp_path: Path) -> None:
    result = await typed_to_router(tmp_path, "hold", "zorro")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "unknown advisor 'zorro'\n")


async def test_the_status_is_told_for_people_and_as_json(router: _Running, tmp_path: Path) -> None:
    told = await typed_to_router(tmp_path, "status")
    assert told.exit_code == 0, told.output
    assert "duty      rouen, backups caen" in told.stdout
    as_json = await typed_to_router(tmp_path, "status", "--json")
    assert json.loads(as_json.stdout) == STATUS


async def test_calls_as_json_are_one_object_a_line(router: _Running, tmp_path: Path) -> None:
    result = await typed_to_router(tmp_path, "calls", "--json", "--limit", "7")
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["because"] == "Rouen est de permanence"
    assert router.limits == [7]


async def test_a_call_is_traced_for_people_and_as_json(router: _Running, tmp_path: Path) -> None:
    told = await typed_to_router(tmp_path, "trace", "caen-1795470781.0")
    assert told.exit_code == 0, told.output
    assert "channel PJSIP/public-00000003, asks 4" in told.stdout
    assert "sip.Call-ID ==" in told.stdout
    as_json = await typed_to_router(tmp_path, "trace", "caen-1795470781.0", "--json")
    assert json.loads(as_json.stdout)["ami"]["unique_id"] == "1795470781.0"


async def test_a_call_nobody_knows_is_an_error(router: _Running, tmp_path: Path) -> None:
    result = await typed_to_router(tmp_path, "trace", "no/such call")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "no call 'no/such call' is known\n"


async def test_calls_for_people_are_a_table(router: _Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    result = await typed_to_router(tmp_path, "calls")
    assert result.exit_code == 0
    (row,) = [line for line in result.stdout.splitlines() if "employer" in line]
    for shown in ("09:00:07", "out", "rouen", "caen → rouen", "12.2 s", "…", "Rouen est de permanence"):
        assert shown in row


async def test_a_limit_that_is_none_is_a_usage_error(router: _Running, tmp_path: Path) -> None:
    assert (await typed_to_router(tmp_path, "calls", "--limit", "0")).exit_code == 2
    assert router.limits == []


async def test_somebody_is_to_be_called_back(router: _Running, tmp_path: Path) -> None:
    result = await typed_to_router(
        tmp_path, "callback", "ask", "--number", "0261910101", "--profile", "employer", "--author", "paul"
    )
    assert (result.exit_code, result.stdout) == (0, "caen-cb1\n")
    assert router.callback_requests == [AskCallback(e164=33261910101, profile="employer", author="paul")]
    result = await typed_to_router(tmp_path, "callback", "ask")
    assert (result.exit_code, result.stderr) == (1, "tell either a call or a number\n")


async def test_a_callback_is_promised_for_later_by_the_router_s_clock(router: _Running, tmp_path: Path) -> None:
    result = await typed_to_router(tmp_path, "callback", "ask", "--call", "c1", "--in", "90min", "--author", "paul")
    assert result.exit_code == 0, result.stderr
    assert router.callback_requests == [AskCallback("c1", author="paul", not_before_at=at("2026-11-23 10:30"))]
    result = await typed_to_router(tmp_path, "callback", "ask", "--call", "c1", "--in", "soon")
    assert result.exit_code == 2
    assert "must be a duration" in result.stderr


async def test_a_number_is_called_out(router: _Running, tmp_path: Path) -> None:
    result = await typed_to_router(tmp_path, "call-out", "rose", "0261910101", "--author", "paul")
    assert (result.exit_code, result.stdout) == (0, "caen-out1\n")
    assert router.requests == [PlaceCall("rose", 33261910101, None, "paul")]
    result = await typed_to_router(tmp_path, "call-out", "zorro", "0261910101")
    assert (result.exit_code, result.stderr) == (1, "unknown advisor 'zorro'\n")


async def test_callbacks_are_listed_for_people_and_for_programs(router: _Running, tmp_path: Path) -> None:
    result = await typed_to_router(tmp_path, "callback", "list", "--json")
    assert json.loads(result.stdout) == router.callbacks()
    result = await typed_to_router(tmp_path, "callback", "list")
    assert "caen-cb1" in result.stdout
    assert "+33261910101" in result.stdout


async def test_a_callback_is_cancelled(router: _Running, tmp_path: Path) -> None:
    result = await typed_to_router(tmp_path, "callback", "cancel", "caen-cb1")
    assert (result.exit_code, result.stdout) == (0, "caen-cb1: cancelled\n")
    result = await typed_to_router(tmp_path, "callback", "cancel", "nothing")
    assert (result.exit_code, result.stderr) == (1, "no callback 'nothing' is open\n")


async def test_messages_are_listed_for_people_and_for_programs(
    router: _Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    result = await typed_to_router(tmp_path, "messages")
    assert result.exit_code == 0, result.output
    (row,) = [line for line in result.stdout.splitlines() if "caen-1.1" in line]
    for shown in ("2026-11-24 17:00", "12 s", "rouen", "rose", "Boulangerie Hébert", "0261910101", "employer", "to do"):
        assert shown in row
    result = await typed_to_router(tmp_path, "messages", "--all", "--json", "--limit", "7")
    assert [message["id"] for message in json.loads(result.stdout)] == ["caen-1.1", "caen-1.2"]
    result = await typed_to_router(tmp_path, "messages", "--site", "caen", "--json")
    assert json.loads(result.stdout) == []
    assert router.limits == [200, 7, 200]


async def test_a_message_is_done_by_who_says_so(router: _Running, tmp_path: Path) -> None:
    result = await typed_to_router(tmp_path, "messages", "done", "caen-1.1", "--author", "anne", "--note", "rappelée")
    assert (result.exit_code, result.stdout) == (0, "caen-1.1: done\n")
    assert router.done == [("caen-1.1", "anne", "rappelée")]
    result = await typed_to_router(tmp_path, "messages", "done", "a/b", "--author", "anne")
    assert (result.exit_code, result.stderr) == (1, "no message 'a/b' is known\n")


async def test_the_sound_of_a_message_is_saved_for_this_user_and_over_nothing(router: _Running, tmp_path: Path) -> None:
    router.sound = tmp_path / "there.wav"
    router.sound.write_bytes(wav())
    file = tmp_path / "here.wav"
    result = await typed_to_router(tmp_path, "messages", "save", "caen-1.1", str(file))
    assert (result.exit_code, result.stdout) == (0, f"{file}: {len(wav())} bytes\n")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (wav(), 0o600)
    result = await typed_to_router(tmp_path, "messages", "save", "caen-1.1", str(file))
    assert (result.exit_code, result.stderr) == (1, f"cannot write {file}: File exists\n")
    result = await typed_to_router(tmp_path, "messages", "save", "caen-9", str(file))
    assert (result.exit_code, result.stderr) == (1, "no sound of a message 'caen-9' is here\n")
