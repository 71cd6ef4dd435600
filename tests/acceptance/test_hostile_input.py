"""What a stranger may put into a call: he is served as unknown or let go, and nothing but the chosen phone rings."""

import asyncio
from dataclasses import dataclass

import pytest

from deploy.lab.callers import CallCounts, place_calls
from tests.acceptance.words import ROUEN, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

PLAIN = "0199001234"


@dataclass(frozen=True, slots=True)
class Hostile:
    """As it goes on the wire: the user part of the From address, and the display name before it."""

    cli: str = PLAIN
    shown: str = ""


HOSTILE = {
    "a name that dials": Hostile(shown='"&PJSIP/101"'),
    "a name that runs": Hostile(shown='"${SHELL(id)}${SET(GLOBAL(BROKEN_IN)=1)}"'),
    "a name with quotes": Hostile(shown='"\'a\' \\"b\\", <c> | d=e"'),
    "a name that is not UTF-8": Hostile(shown='"\udce9\udcff\udcfe"'),
    "a name of 300 characters": Hostile(shown=f'"{"N" * 300}"'),
    "a number that dials": Hostile("1%26PJSIP%2F101%26PJSIP%2F202"),
    "a number that runs": Hostile("%24%7BSHELL(id)%7D%24%7BSET(GLOBAL(BROKEN_IN)%3D1)%7D"),
    "a number with quotes": Hostile("%22%27%2C%29%5C%22%7C%3D"),
    "a number with new lines": Hostile("01%0D%0Aagi_arg_1%3A%20rouen%0D%0A%0D%0AAction%3A%20Originate%0A%0A"),
    "a number that is not UTF-8": Hostile("%E9%FF%FE%C3"),
    "a number of 300 digits": Hostile("9" * 300),
}


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_a_hostile_caller_is_served_as_unknown_and_so_is_the_next(centre: Centre, hostile: str) -> None:
    await centre.available(*ROUEN)
    async with asyncio.TaskGroup() as tasks:
        placing = tasks.create_task(_place(centre, HOSTILE[hostile]))
        await centre.answers("damien_hebert")
    assert placing.result().left == 1  # he was there until he hung up
    call = await centre.newest_call()
    assert (call["outcome"], call["advisor"], call["profile"]) == ("answered", "damien_hebert", "unknown")
    assert len(call["cli"]) <= 64
    assert call["cli"].isprintable()
    assert (await centre.history_of(call["id"]))["cli"] == call["cli"]
    assert centre.rang() == {"damien_hebert"}
    assert "BROKEN_IN" not in await centre.service.lab.pbxs["caen"].cli("dialplan show globals")
    await _the_next_caller_is_served(centre)


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("0261910099", "33261910099"),
        ("+33261910001%26PJSIP%2F101", "+33261910001101"),
        ("0261910099%0D%0Aagi_arg_1%3A%20rouen%0D%0A%0D%0A", "02619100991"),
        ("0" * 300, "0" * 64),
    ],
    ids=["unknown", "that dials", "with new lines", "too long"],
)
async def test_a_number_nobody_has_is_refused_and_logged(centre: Centre, number: str, dialled: str) -> None:
    await centre.available(*ROUEN)
    counts = await _place(centre, Hostile(), number=number)
    assert (counts.refused, counts.failed) == (1, 0)
    call = await centre.newest_call()
    assert (call["outcome"], call["dnis"], call["advisor"]) == ("unknown_number", dialled, None)
    assert "numéro appelé inconnu de la configuration" in call["because"]
    [line] = [line for line in centre.router_log() if "unknown_number" in line and call["id"] in line]
    assert "numéro appelé inconnu" in line
    assert centre.rang() == set()
    await _the_next_caller_is_served(centre)


async def test_a_number_without_a_digit_is_refused_by_the_pbx(centre: Centre) -> None:
    await centre.available(*ROUEN)
    counts = await _place(centre, Hostile(), number="cti-ask-v1")
    assert (counts.refused, counts.failed) == (1, 0)
    assert centre.rang() == set()
    await _the_next_caller_is_served(centre)


async def test_our_headers_are_of_no_account_from_a_stranger(centre: Centre) -> None:
    await centre.available(*ROUEN)
    stranger = await centre.service.lab.caller(PLAIN)
    headers = {"X-CTI-Call": "caen-1795470781.0", "X-CTI-To": "dieppe"}
    try:
        await stranger.call(centre.service.uri("caen"), headers)
        await centre.answers("damien_hebert")
        assert await centre.talk_together(stranger, "damien_hebert")
        call = await centre.newest_call()
        assert call["id"] != headers["X-CTI-Call"]
        assert call["path"] == ["caen", "rouen"]
    finally:
        await stranger.hang_up()


async def _place(centre: Centre, hostile: Hostile, number: str = "") -> CallCounts:
    lab = centre.service.lab
    return await place_calls(
        number=number or f"+{centre.service.number}", pbx=lab.pbxs["caen"].sip, source=lab.callers,
        clis=[hostile.cli], shown=hostile.shown, patience_s=10, stay_s=3,
    )  # fmt: skip


async def _the_next_caller_is_served(centre: Centre) -> None:
    await centre.until_state("damien_hebert", activity="idle", phone="free")
    centre.service.phones["damien_hebert"].forget()
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    assert await centre.talk_together(caller, "damien_hebert")
