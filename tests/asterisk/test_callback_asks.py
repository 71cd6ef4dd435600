"""The leg that was rung for a callback: what it asks, what it is told, and what its PBX tells of it."""

from collections.abc import Sequence

import pytest

from cti_router.asterisk.agi import AgiRequest
from cti_router.asterisk.asks import AskError
from cti_router.asterisk.callback_asks import callback_ask_from_request, variables_for_callback
from cti_router.asterisk.facts import fact_from_event, sync_from_lists
from cti_router.core.callback import (
    AdvisorNotReached,
    CallbackAnswer,
    CallbackAsk,
    CallbackSeen,
    CallOut,
    Heard,
)
from cti_router.core.inputs import CallerLeft
from tests.asterisk.recorded import message

OFFER = "le-havre-cb1795420800000-1-2"
CALLBACK = "le-havre-cb1795420800000"

RESPONSE = f"""
Event: OriginateResponse
Privilege: call,all
ActionID: 1/2/3
Response: Failure
Channel: PJSIP/201@rouen
Context: cti-callback-v1
Exten: s
Reason: 3
Uniqueid: {OFFER}
CallerIDNum: +33261910101
CallerIDName: <unknown>
"""

STATUS = f"""
Event: Status
Channel: PJSIP/rouen-0000000a
ChannelState: 6
CallerIDNum: 201
Uniqueid: {OFFER}
Linkedid: {OFFER}
Data: PJSIP/+33261910101@carrier,30,g
Seconds: 12
BridgeID: 9a
Variable: CTI_CALL={CALLBACK}
Variable: CTI_STATE=call_out
Variable: CTI_TICKET=(null)
Variable: CTI_OFFER={OFFER}
Variable: CTI_ADVISOR=rose
Variable: CTI_CALLBACK=1
"""


def _request(script: str, arguments: Sequence[str]) -> AgiRequest:
    return AgiRequest({"channel": "PJSIP/rouen-0000000a", "network_script": script}, tuple(arguments))


@pytest.mark.parametrize(
    ("last", "heard"),
    [
        ("arrived", Heard.ARRIVED),
        ("dial_ANSWER", Heard.TALKED),
        ("dial_NOANSWER", Heard.NO_ANSWER),
        ("dial_BUSY", Heard.BUSY),
        ("dial_CHANUNAVAIL", Heard.NO_WAY),
        ("dial_CONGESTION", Heard.UNREACHABLE),
        ("dial_CANCEL", Heard.CANCELLED),
        ("dial_SOMETHINGNEW", Heard.UNREACHABLE),
    ],
)
def test_what_it_asks(last: str, heard: Heard) -> None:
    request = _request("callback", ["caen", CALLBACK, last, OFFER, "rose", "61500"])
    assert callback_ask_from_request(request, {"caen"}) == CallbackAsk(
        CALLBACK, "caen", "PJSIP/rouen-0000000a", heard, OFFER, "rose", 61.5
    )


def test_the_last_ask_says_so() -> None:
    request = _request("callback_over", ["caen", CALLBACK, "dial_CANCEL", OFFER, "rose", "0"])
    assert callback_ask_from_request(request, {"caen"}).ended


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["caen"], "1 arguments instead of 6: render this PBX's files"),
        (["rouen", CALLBACK, "arrived", OFFER, "rose", "0"], "site 'rouen' does not ask from this address"),
        (["caen", CALLBACK, "arrived", OFFER, "rose", "long"], "TALKED_MS is no number: 'long'"),
    ],
)
def test_what_is_none_of_ours_is_refused(arguments: list[str], why: str) -> None:
    with pytest.raises(AskError, match=why):
        callback_ask_from_request(_request("callback", arguments), {"caen"})


def test_what_it_is_told_the_verb_last() -> None:
    assert variables_for_callback(CallbackAnswer(CallOut("33261910101", 25.0, "33261910001"))) == [
        ("CTI_NUMBER", "33261910101"), ("CTI_SHOWN", "33261910001"), ("CTI_RING", "25"), ("CTI_DO", "call_out"),
    ]  # fmt: skip
    assert variables_for_callback(CallbackAnswer(None)) == [("CTI_DO", "release")]


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("0", Heard.UNREACHABLE),
        ("1", Heard.NO_ANSWER),
        ("3", Heard.NO_ANSWER),
        ("5", Heard.BUSY),
        ("8", Heard.UNREACHABLE),
        ("99", Heard.UNREACHABLE),
    ],
)
def test_an_advisor_who_was_not_reached(reason: str, why: Heard) -> None:
    event = message(RESPONSE, Reason=reason)
    assert fact_from_event("le-havre", {"rouen"}, event) == AdvisorNotReached(CALLBACK, OFFER, why)


def test_an_advisor_who_answered_asks_himself() -> None:
    assert fact_from_event("le-havre", {"rouen"}, message(RESPONSE, Response="Success")) is None


def test_what_else_the_router_let_begin_is_none_of_it() -> None:
    assert fact_from_event("le-havre", {"rouen"}, message(RESPONSE, Uniqueid="1795522359.10")) is None


def test_the_end_of_the_leg_is_told_by_its_unique_id() -> None:
    event = message(f"\nEvent: Hangup\nUniqueid: {OFFER}\nLinkedid: {OFFER}\nCause: 16\n")
    assert fact_from_event("le-havre", {"rouen"}, event) == CallerLeft(f"le-havre-{OFFER}", 16)


@pytest.mark.parametrize(("state", "calling"), [("call_out", True), ("ask", True), ("(null)", False)])
def test_a_leg_found_on_its_pbx(state: str, calling: bool) -> None:
    text = STATUS.replace("CTI_STATE=call_out", f"CTI_STATE={state}")
    synced = sync_from_lists("le-havre", {"rouen"}, "carrier", [message(text)], ())
    assert synced.callbacks == (CallbackSeen(CALLBACK, OFFER, "rose", "PJSIP/rouen-0000000a", calling, "rouen"),)
    assert synced.channels == ()
    assert synced.legs == ()
    assert synced.aside == ()
