"""The ask of an advisor's leg as the core's, and the answer as the leg's variables."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.asterisk.agi import AgiRequest, set_variables
from cti_router.asterisk.asks import AskError
from cti_router.asterisk.leg_asks import leg_ask_from_request, variables_for_leg
from cti_router.asterisk.render import LEG_ASK_ARGUMENTS
from cti_router.core.aside import Hold, Take
from cti_router.core.inputs import Last, LegAsk
from cti_router.core.instructions import Dial, LegAnswer, LegInstruction, Release

SITES = {"caen", "rouen"}
GIVEN = ("caen", "caen-1.1", "2", "dial_ANSWER", "caen-1.1-1-1", "remi", "caen-1.1-2-1", "61250")


def _asked(*arguments: str) -> LegAsk:
    headers = {"network_script": "aside", "channel": "PJSIP/rouen-00000001"}
    return leg_ask_from_request(AgiRequest(headers, arguments), SITES)


def test_what_a_leg_tells() -> None:
    assert _asked(*GIVEN) == LegAsk(
        call="caen-1.1", site="caen", channel="PJSIP/rouen-00000001", seq=2, last=Last.TALKED, offer="caen-1.1-1-1",
        advisor="remi", expert_offer="caen-1.1-2-1", talked_s=61.25,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("word", "last"),
    [("arrived", Last.ARRIVED), ("waited", Last.WAITED), ("left", Last.LEFT), ("dial_BUSY", Last.BUSY)],
)
def test_how_it_came_to_ask(word: str, last: Last) -> None:
    assert _asked(*GIVEN[:3], word, *GIVEN[4:]).last is last


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (GIVEN[:-1], f"7 arguments instead of {len(LEG_ASK_ARGUMENTS)}"),
        (("dieppe", *GIVEN[1:]), "'dieppe' does not ask from this address"),
        ((*GIVEN[:2], "two", *GIVEN[3:]), "ASKED is no number"),
        ((*GIVEN[:-1], "-1"), "TALKED_MS is no number"),
    ],
)
def test_what_is_none_of_ours_is_refused_with_its_reason(arguments: tuple[str, ...], why: str) -> None:
    with pytest.raises(AskError, match=why):
        _asked(*arguments)


@given(st.lists(st.text() | st.sampled_from(GIVEN), max_size=10))
def test_no_text_crashes_otherwise_than_with_an_ask_error(arguments: list[str]) -> None:
    with suppress(AskError):
        assert _asked(*arguments).site in SITES


ANSWERS: list[tuple[LegInstruction, list[tuple[str, str]]]] = [
    (
        Dial("c-2-1", "rose", "201", ("caen", "rouen"), 15.0),
        [
            ("_CTI_EXPERT_TICKET", "2/1/0/-/-/1/consultation/tax:5"),
            ("_CTI_EXPERT_OFFER", "c-2-1"),
            ("_CTI_EXPERT", "rose"),
            ("CTI_DIAL", "PJSIP/201@rouen"),
            ("_CTI_TO", ""),
            ("CTI_RING", "15"),
            ("CTI_DO", "dial"),
        ],
    ),
    (Hold(15.0), [("CTI_FOR", "15"), ("CTI_DO", "hold")]),
    (Take(), [("CTI_DO", "take")]),
    (Release(), [("CTI_DO", "release")]),
]


@pytest.mark.parametrize(("instruction", "variables"), ANSWERS)
def test_what_a_leg_is_told(instruction: LegInstruction, variables: list[tuple[str, str]]) -> None:
    told = variables_for_leg(LegAnswer(instruction, "2/1/0/-/-/1/consultation/tax:5"))
    assert told == variables
    assert set_variables(told).endswith(f'CTI_DO={variables[-1][1]}"\n'.encode())
