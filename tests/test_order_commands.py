"""The commands that give, show and undo orders; and those that ask the running router for them."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti_router.core.order import Close, Force, GiveOrder, Notice, PullTicket, Swap
from cti_router.core.presence import Presence
from tests.core.board import at
from tests.desk import ORDER, Desk, serving, typed, typed_to_router

EXAMPLE = Path(__file__).parents[1] / "deploy" / "example"


@pytest.fixture
async def router(tmp_path: Path) -> AsyncIterator[Desk]:
    router = Desk()
    async with serving(router, tmp_path / "control.sock"):
        yield router


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The example's configuration, with its control socket beside it."""
    directory = Path(shutil.copytree(EXAMPLE, tmp_path / "configuration"))
    network = directory / "network.yaml"
    text = network.read_text(encoding="utf-8")
    assert "/run/cti-router/control.sock" in text
    network.write_text(text.replace("/run/cti-router/control.sock", str(tmp_path / "control.sock")), encoding="utf-8")
    return directory


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (
            ("close", "--until", "10:00", "--message", "feu", "--site", "caen", "--sounds", "cti/feu, cti/adieu"),
            GiveOrder(Close("feu", "caen", ("cti/feu", "cti/adieu")), "helene", at("2026-11-23 10:00")),
        ),
        (
            ("swap", "caen", "dieppe", "--from", "2026-11-24", "--until", "2026-11-25"),
            GiveOrder(Swap("caen", "dieppe"), "helene", at("2026-11-25 00:00"), at("2026-11-24 00:00")),
        ),
        (
            ("notice", "--until", "1d", "--message", "report au 15"),
            GiveOrder(Notice("report au 15"), "helene", at("2026-11-24 09:00")),
        ),
        (
            ("presence", "rose", "absent", "--force", "--until", "90min", "--reason", "formation"),
            GiveOrder(Force("rose", Presence.NOT_READY, "formation"), "helene", at("2026-11-23 10:30")),
        ),
        (
            ("pull", "caen-1.0", "--to", "rose", "--reason", "rappel promis"),
            PullTicket("caen-1.0", "rose", "rappel promis", "helene"),
        ),
    ],
)
async def test_an_order_is_given_by_a_command(
    router: Desk, tmp_path: Path, words: tuple[str, ...], given: GiveOrder | PullTicket
) -> None:
    result = await typed_to_router(tmp_path, *words, "--author", "helene")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{ORDER['id']}  in_force  2026-11-23 09:00")
    assert router.ordered == [given]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("close", "--until", "soon", "--message", "feu"), "until: 'soon' is no time; write 12:30 (today)"),
        (("close", "--until", "1h", "--message", ""), "message: is missing\n"),
        (("close", "--until", "1h", "--message", "feu", "--site", "paris"), "unknown site paris\n"),
        (("close", "--until", "1h", "--message", "feu", "--sounds", "a&b"), "sounds: 'a&b' is no sound"),
        (("presence", "rose", "absent", "--force"), "until: is missing\n"),
        (("presence", "rose", "asleep", "--force", "--until", "1h"), "presence: 'asleep' is none of available"),
        (("presence", "rose", "absent", "--until", "1h"), "--until, --from and --author go with --force\n"),
        (("undo", "close-1"), "no order 'close-1' is known\n"),
    ],
)
async def test_a_bad_order_is_an_error(router: Desk, tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    result = await typed_to_router(tmp_path, *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(why)


async def test_orders_are_shown_and_undone_by_whoever_types(
    router: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "irene")
    shown = await typed_to_router(tmp_path, "orders")
    assert shown.stdout == (
        f"{ORDER['id']}  in_force  2026-11-23 09:00 to 2026-11-23 10:00"
        "  the whole service closed: alerte incendie (helene)\n"
    )
    assert len((await typed_to_router(tmp_path, "orders", "--all")).stdout.splitlines()) == 2
    assert json.loads((await typed_to_router(tmp_path, "orders", "--json")).stdout) == [ORDER]
    undone = await typed_to_router(tmp_path, "undo", ORDER["id"])
    assert undone.stdout.startswith(f"{ORDER['id']}  undone by irene")


async def test_the_calendar_and_explain_know_what_is_ordered(router: Desk, tmp_path: Path, directory: Path) -> None:
    words = ("calendar", directory, "--from", "2026-11-23", "--days", "1")
    told = await asyncio.to_thread(typed, *words)
    assert told.stderr == ""
    assert "  09:00–10:00  fermé     alerte incendie (helene)" in told.stdout.splitlines()
    words = ("explain", directory, "--at", "2026-11-23T09:30", "--dnis", "0261910001")
    explained = await asyncio.to_thread(typed, *words)
    assert "Fermé : alerte incendie ; réouverture lundi 23/11 à 10:00" in explained.stdout.splitlines()


def test_without_a_router_the_calendar_and_explain_say_that_they_know_no_orders(directory: Path) -> None:
    for words in (("calendar", directory), ("explain", directory, "--at", "2026-11-23T09:30", "--dnis", "0261910001")):
        told = typed(*words)
        assert told.exit_code == 0
        assert "these are the files alone, without orders" in told.stderr
