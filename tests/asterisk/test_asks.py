"""From an AGI request to an ask, and from an answer to channel variables."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.asterisk.agi import AgiRequest, set_variables
from cti_router.asterisk.asks import AskError, ask_from_request, variables_for
from cti_router.asterisk.render import ASK_ARGUMENTS
from cti_router.core.aside import Held
from cti_router.core.certainty import Verified
from cti_router.core.identity import Cli
from cti_router.core.inputs import Ask, Last
from cti_router.core.instructions import (
    Answer,
    Collect,
    Dial,
    Forward,
    Instruction,
    Play,
    Refuse,
    Release,
    TakeMessage,
    Wait,
)

SITES = ("caen", "rouen")
GIVEN = {
    "SITE": "caen", "CALL": "caen-1795470781.0", "SEQ": "1", "LAST": "arrived", "DNIS": "+33261910001", "TICKET": "",
    "OFFER": "", "ADVISOR": "", "CODE": "", "MISSED": "0", "TALKED_MS": "0", "AGE": "0",
    "SIP": "", "LEG": "", "VERIFIED": "",
}  # fmt: skip
ASK = Ask(
    "caen-1795470781.0", "caen", "PJSIP/public-00000000", 1, Last.ARRIVED, Cli("0199001234", 33199001234),
    "33261910001",
)  # fmt: skip


def _request(script: str = "ask", callerid: str = "0199001234", **changes: str) -> AgiRequest:
    """As Asterisk 22 sends it."""
    headers = {"network": "yes", "network_script": script, "channel": "PJSIP/public-00000000", "callerid": callerid}
    return AgiRequest(headers, tuple((GIVEN | changes).get(name, "") for name in ASK_ARGUMENTS))


def _ask(script: str = "ask", callerid: str = "0199001234", **changes: str) -> Ask:
    return ask_from_request(_request(script, callerid, **changes), SITES)


# ── asks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_call() -> None:
    assert _ask() == ASK


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("arrived", Last.ARRIVED),
        ("waited", Last.WAITED),
        ("played", Last.PLAYED),
        ("fallback", Last.FALLBACK),
        ("dial_ANSWER", Last.TALKED),
        ("dial_CUT", Last.CUT),
        ("dial_NOANSWER", Last.NO_ANSWER),
        ("dial_BUSY", Last.BUSY),
        ("dial_CHANUNAVAIL", Last.NO_WAY),
        ("dial_CONGESTION", Last.UNREACHABLE),
        ("dial_CANCEL", Last.CANCELLED),
        ("message_taken", Last.MESSAGE_TAKEN),
        ("message_none", Last.NO_MESSAGE),
        ("forward_ANSWER", Last.FORWARDED),
        ("forward_NOANSWER", Last.NOT_FORWARDED),
        ("forward_CANCEL", Last.NOT_FORWARDED),
        ("forward_", Last.NOT_FORWARDED),
        # What Dial may say besides, and what it may not: a dial that failed.
        ("dial_DONTCALL", Last.UNREACHABLE),
        ("dial_INVALIDARGS", Last.UNREACHABLE),
        ("dial_", Last.UNREACHABLE),
        ("levitated", Last.UNREACHABLE),
        ("", Last.UNREACHABLE),
    ],
)
def test_what_became_of_the_instruction_before(said: str, last: Last) -> None:
    assert _ask(LAST=said) == replace(ASK, last=last)


def test_every_word_of_the_core_can_be_said() -> None:
    dials = ("ANSWER", "CUT", "NOANSWER", "BUSY", "CHANUNAVAIL", "CONGESTION", "CANCEL")
    others = ("arrived", "waited", "played", "keyed", "fallback", "held", "left", "message_taken", "message_none")
    forwards = ("forward_ANSWER", "forward_BUSY")
    said = (*others, *forwards, *(f"dial_{status}" for status in dials))
    assert {_ask(LAST=word).last for word in said} == set(Last)


def test_a_talk_that_is_over() -> None:
    ask = _ask(
        SEQ="7", LAST="dial_ANSWER", TICKET="1/1795470781123/0/employer/7/1", OFFER="caen-1795470781.0-1-1",
        ADVISOR="anne_lefevre", TALKED_MS="61250", MISSED="2",
    )  # fmt: skip
    assert (ask.seq, ask.talked_s, ask.missed) == (7, 61.25, 2)
    assert (ask.offer, ask.advisor) == ("caen-1795470781.0-1-1", "anne_lefevre")
    assert ask.ticket == "1/1795470781123/0/employer/7/1"


def test_sounds_that_could_not_be_played_are_told() -> None:
    assert _ask(LAST="played", FAILED="cti/welcome&cti/say/minutes-4").failed == ("cti/welcome", "cti/say/minutes-4")
    assert _ask(FAILED="").failed == ()


def test_what_was_never_set_is_nothing() -> None:
    ask = _ask(MISSED="", TALKED_MS="")
    assert (ask.missed, ask.talked_s) == (0, 0.0)


@pytest.mark.parametrize("sip", ["3c26700b-eclp@192.0.2.7", "ODg4~a+b/c=_.:1", "9" * 128])
def test_the_sip_call_ids_are_kept_for_traces(sip: str) -> None:
    assert _ask(SIP=sip) == replace(ASK, sip=sip)
    assert _ask(LEG=sip) == replace(ASK, leg_sip=sip)


@pytest.mark.parametrize("sip", ["", "a b", 'a"b', "a;b", "$(reboot)", "é", "a\nb", "9" * 129])
def test_a_sip_call_id_the_dialplan_would_not_let_through_costs_nobody_his_call(sip: str) -> None:
    assert _ask(SIP=sip, LEG=sip) == ASK


@pytest.mark.parametrize(
    ("said", "verified"),
    [
        ("yes", Verified.YES),
        ("no", Verified.NO),
        ("unknown", Verified.UNKNOWN),
        ("", Verified.UNKNOWN),
        ("YES", Verified.UNKNOWN),
    ],
)
def test_the_carrier_s_word_on_the_number(said: str, verified: Verified) -> None:
    assert _ask(VERIFIED=said) == replace(ASK, cli=replace(ASK.cli, verified=verified))


def test_a_phone_code_keeps_the_phone_as_it_is() -> None:
    ask = _ask(CODE="1", DNIS="0261910001")
    assert (ask.code, ask.dnis) == ("1", "0261910001")


def test_the_hang_up_handler_s_ask_is_the_last() -> None:
    assert _ask("end") == replace(ASK, ended=True)
    assert _ask("") == ASK


@pytest.mark.parametrize("callerid", ["unknown", "anonymous", ""])
def test_a_withheld_number_is_none(callerid: str) -> None:
    assert _ask(callerid=callerid).cli == Cli("", None)


def test_a_number_dialled_that_is_none_stays_as_it_is_within_bounds() -> None:
    assert _ask(DNIS="17").dnis == "17"
    assert _ask(DNIS="9" * 5000).dnis == "9" * 64


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"SITE": "brest"}, "site 'brest' does not ask from this address"),
        ({"SITE": ""}, "site '' does not ask"),
        ({"CALL": ""}, "no call id"),
        ({"SEQ": ""}, "SEQ is no number: ''"),
        ({"SEQ": "-1"}, "SEQ is no number: '-1'"),
        ({"MISSED": "1.5"}, "MISSED is no number"),
        ({"TALKED_MS": "long"}, "TALKED_MS is no number"),
        ({"SEQ": "9" * 5000}, "SEQ is no number"),
        ({"TALKED_MS": "9" * 500}, "TALKED_MS is no number"),
    ],
)
def test_what_is_not_ours_says_what_is_wrong(changes: dict[str, str], why: str) -> None:
    with pytest.raises(AskError, match=why):
        _ask(**changes)


@pytest.mark.parametrize("count", [0, len(ASK_ARGUMENTS) - 1, len(ASK_ARGUMENTS) + 1])
def test_another_number_of_arguments_says_what_to_do(count: int) -> None:
    with pytest.raises(AskError, match=rf"{count} arguments instead of {len(ASK_ARGUMENTS)}: render this PBX's files"):
        ask_from_request(AgiRequest({"network_script": "ask"}, ("caen",) * count), SITES)


@given(
    st.fixed_dictionaries(
        {name: st.text() for name in ("LAST", "DNIS", "TICKET", "OFFER", "ADVISOR", "CODE", "SIP", "VERIFIED")}
    ),
    st.text(),
    st.text(),
)
def test_no_text_of_a_channel_or_a_carrier_crashes(given_: dict[str, str], callerid: str, script: str) -> None:
    ask = _ask(script, callerid, **given_)
    assert ask.dnis == given_["DNIS"][:64] or ask.dnis.isdecimal()
    assert ask.cli.raw.isprintable()


@given(st.lists(st.text() | st.sampled_from(("caen", "1", "²", "٣")), max_size=14), st.text())
def test_no_request_crashes_otherwise_than_with_an_ask_error(arguments: list[str], callerid: str) -> None:
    request = AgiRequest({"network_script": "ask", "callerid": callerid}, tuple(arguments))
    try:
        ask = ask_from_request(request, SITES)
    except AskError:
        return
    assert ask.site in SITES


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────

INSTRUCTIONS: list[tuple[Instruction, list[tuple[str, str]]]] = [
    (Wait(30.0), [("CTI_FOR", "30"), ("CTI_DO", "wait")]),
    (Wait(5.0, "calm"), [("CTI_FOR", "5"), ("CTI_CLASS", "calm"), ("CTI_DO", "wait")]),
    (Wait(0.5), [("CTI_FOR", "0.5"), ("CTI_DO", "wait")]),
    (Held(5.0), [("CTI_FOR", "5"), ("CTI_DO", "held")]),
    (Play(("hello", "goodbye")), [("CTI_SOUNDS", "hello&goodbye"), ("CTI_DO", "play")]),
    (Play((), interruptible=False), [("CTI_SOUNDS", ""), ("CTI_DO", "play")]),
    (
        TakeMessage("cti/caen-1795470781.0", 120.0),
        [("CTI_FILE", "cti/caen-1795470781.0"), ("CTI_FOR", "120"), ("CTI_DO", "take_message")],
    ),
    (
        Forward("33231000000", 30.0, "33261910001"),
        [("CTI_NUMBER", "33231000000"), ("CTI_SHOWN", "33261910001"), ("CTI_RING", "30"), ("CTI_DO", "forward")],
    ),
    (
        Dial("c-1-1", "anne", "101", ("caen",), 20.0),
        [
            ("_CTI_OFFER", "c-1-1"),
            ("_CTI_ADVISOR", "anne"),
            ("CTI_WHISPER", ""),
            ("CTI_DIAL", "PJSIP/101"),
            ("_CTI_TO", ""),
            ("CTI_RING", "20"),
            ("CTI_DO", "dial"),
        ],
    ),
    (
        Dial("c-1-2", "rose", "201", ("caen", "rouen"), 4.0),
        [
            ("_CTI_OFFER", "c-1-2"),
            ("_CTI_ADVISOR", "rose"),
            ("CTI_WHISPER", ""),
            ("CTI_DIAL", "PJSIP/201@rouen"),
            ("_CTI_TO", ""),
            ("CTI_RING", "4"),
            ("CTI_DO", "dial"),
        ],
    ),
    (
        Dial("c-1-3", "dora", "401", ("caen", "rouen", "dieppe"), 4.0),
        [
            ("_CTI_OFFER", "c-1-3"),
            ("_CTI_ADVISOR", "dora"),
            ("CTI_WHISPER", ""),
            ("CTI_DIAL", "PJSIP/401@rouen"),
            ("_CTI_TO", "dieppe"),
            ("CTI_RING", "4"),
            ("CTI_DO", "dial"),
        ],
    ),
    (
        Dial("c-1-4", "rose", "201", ("caen", "public", "rouen"), 4.0, "33261911201"),
        [
            ("_CTI_OFFER", "c-1-4"),
            ("_CTI_ADVISOR", "rose"),
            ("CTI_WHISPER", ""),
            ("CTI_NUMBER", "33261911201"),
            ("_CTI_TO", ""),
            ("CTI_RING", "4"),
            ("CTI_DO", "dial_out"),
        ],
    ),
    (Refuse(34), [("CTI_SOUNDS", ""), ("CTI_CAUSE", "34"), ("CTI_DO", "refuse")]),
    (Refuse(17, ("a", "b")), [("CTI_SOUNDS", "a&b"), ("CTI_CAUSE", "17"), ("CTI_DO", "refuse")]),
    (Release(), [("CTI_CAUSE", "16"), ("CTI_WATCHED", "0"), ("CTI_DO", "release")]),
    (Release(17), [("CTI_CAUSE", "17"), ("CTI_WATCHED", "0"), ("CTI_DO", "release")]),
]


@pytest.mark.parametrize(("instruction", "variables"), INSTRUCTIONS)
def test_an_answer_is_its_ticket_its_number_and_its_instruction(
    instruction: Instruction, variables: list[tuple[str, str]]
) -> None:
    found = variables_for(Answer(instruction, "1/2/0/-/-/0", 8))
    ticket = "_CTI_TICKET" if isinstance(instruction, Dial) else "CTI_TICKET"  # a leg that is dialled inherits it
    assert found == [(ticket, "1/2/0/-/-/0"), ("CTI_SEQ", "8"), *variables]


@pytest.mark.parametrize("instruction", [instruction for instruction, _ in INSTRUCTIONS])
def test_the_verb_comes_last_and_once_and_the_command_can_be_sent(instruction: Instruction) -> None:
    variables = variables_for(Answer(instruction, "1/2/0/-/-/0", 8))
    assert [name for name, _ in variables].index("CTI_DO") == len(variables) - 1
    assert set_variables(variables).endswith(f',CTI_DO={variables[-1][1]}"\n'.encode())


def test_who_is_let_go_under_a_manager_link_needs_no_last_ask() -> None:
    assert ("CTI_WATCHED", "1") in variables_for(Answer(Release(), "1/2/0/-/-/0", 8), watched=True)


def test_what_an_ask_reads_is_what_an_answer_sets() -> None:
    """Each variable an ask carries is set by the dialplan's own bookkeeping or by an answer."""
    told = (variables_for(Answer(instruction, "", 2)) for instruction, _ in INSTRUCTIONS)
    answered = {name.removeprefix("_") for variables in told for name, _ in variables}
    assert {f"CTI_{name}" for name in ("TICKET", "SEQ", "OFFER", "ADVISOR")} == answered & set(_asked())


def _asked() -> Iterator[str]:
    return (f"CTI_{name}" for name in ASK_ARGUMENTS[1:])


def test_what_a_caller_keyed_is_digits_and_nothing_else() -> None:
    assert _ask(LAST="keyed", KEYS="12345678901234") == replace(ASK, last=Last.KEYED, keys="12345678901234")
    assert _ask(LAST="keyed", KEYS="") == replace(ASK, last=Last.KEYED)
    assert _ask(LAST="keyed", KEYS="1*A2#").keys == "12"
    assert _ask(LAST="keyed", KEYS="٣٤").keys == ""


def test_a_question_is_told_with_its_digits_and_its_time() -> None:
    answer = Answer(Collect(("cti/menu",), 1, 10.0), "1/0/0", 4)
    assert variables_for(answer)[2:] == [
        ("CTI_SOUNDS", "cti/menu"), ("CTI_DIGITS", "1"), ("CTI_FOR", "10"), ("CTI_DO", "collect"),
    ]  # fmt: skip
