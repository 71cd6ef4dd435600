"""What an Asterisk says on its manager link, and what the core is told of it."""

import pytest

from cti_router.asterisk.ami_frames import AmiMessage
from cti_router.asterisk.facts import fact_from_event, sync_from_lists
from cti_router.core.aside import AsideSeen, LegEnded
from cti_router.core.callback import AdvisorNotReached
from cti_router.core.certainty import Verified
from cti_router.core.configuration import PUBLIC
from cti_router.core.identity import Cli
from cti_router.core.inputs import CallerLeft, ChannelSeen, LegSeen, PbxSynced, PhoneChanged, PhoneState, TrunkChanged
from tests.asterisk.recorded import (
    DEVICE_STATE_LIST,
    HANGUP,
    STATUS_COMPLETE,
    STATUS_PHONE_LEG,
    STATUS_WAITING,
    message,
    messages,
    state_change,
)

PEERS = frozenset(("rouen",))
STATES = {
    "NOT_INUSE": PhoneState.FREE,
    "RINGING": PhoneState.RINGING,
    "INUSE": PhoneState.IN_USE,
    "BUSY": PhoneState.IN_USE,
    "RINGINUSE": PhoneState.IN_USE,
    "ONHOLD": PhoneState.IN_USE,
    "UNAVAILABLE": PhoneState.UNREACHABLE,
    "INVALID": PhoneState.UNREACHABLE,
    "UNKNOWN": PhoneState.UNREACHABLE,
}
"""Every state Asterisk has (include/asterisk/devicestate.h)."""


def _fact(event: AmiMessage) -> PhoneChanged | TrunkChanged | CallerLeft | LegEnded | AdvisorNotReached | None:
    return fact_from_event("caen", PEERS, event)


def _sync(*channels: AmiMessage) -> PbxSynced:
    return sync_from_lists("caen", PEERS, "carrier", channels, ())


def _caller(*variables: str, **changes: str) -> AmiMessage:
    """The recorded caller with some variables and headers of his changed."""
    text = STATUS_WAITING
    for variable in variables:
        name = variable.partition("=")[0]
        (old,) = (line for line in text.splitlines() if line.startswith(f"Variable: {name}="))
        text = text.replace(old, f"Variable: {variable}")
    return message(text, **changes)


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("said", "state"), STATES.items())
def test_a_phone_s_state(said: str, state: PhoneState) -> None:
    assert _fact(state_change("PJSIP/101", said)) == PhoneChanged("caen", "101", state)


@pytest.mark.parametrize(("said", "state"), STATES.items())
def test_a_trunk_is_reachable_whatever_it_carries(said: str, state: PhoneState) -> None:
    assert _fact(state_change("PJSIP/rouen", said)) == TrunkChanged(
        "caen", "rouen", state is not PhoneState.UNREACHABLE
    )


@pytest.mark.parametrize("device", ["Queue:cti-duty_avail", "Queue:cti-duty_pause_PJSIP/101", "Local/1@x", ""])
def test_what_is_no_phone_is_no_news(device: str) -> None:
    assert _fact(state_change(device, "INUSE")) is None


def test_a_state_nobody_knows_is_no_news() -> None:
    assert _fact(state_change("PJSIP/101", "LEVITATING")) is None


def test_a_hangup_names_the_call_by_its_caller_s_channel() -> None:
    assert _fact(message(HANGUP)) == CallerLeft("caen-1795470781.0", 16)


@pytest.mark.parametrize(("cause", "told"), [("", 0), ("0", 0), ("127", 127)])
def test_a_hangup_without_a_proper_cause_is_one_all_the_same(cause: str, told: int) -> None:
    assert _fact(message(HANGUP, Cause=cause)) == CallerLeft("caen-1795470781.0", told)


def test_a_hangup_of_another_leg_names_the_call_it_was_made_for() -> None:
    leg = message(HANGUP, Channel="PJSIP/rouen-00000001", Uniqueid="1795470787.1")
    assert _fact(leg) == LegEnded("caen-1795470787.1", "caen-1795470781.0", "PJSIP/rouen-00000001")


def test_other_events_are_no_news() -> None:
    assert _fact(message("Event: FullyBooted\nStatus: Fully Booted\n")) is None


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_caller_who_waits_for_a_router() -> None:
    assert _sync(_caller()).channels == (
        ChannelSeen(
            call="caen-1795470781.0", channel="PJSIP/public-00000000", state="wait", ticket="", offer="", advisor="",
            cli=Cli("0199001234", 33199001234), dnis="33261910001", bridged=False,
        ),
    )  # fmt: skip


def test_a_caller_in_a_talk_shows_his_offer_and_his_advisor() -> None:
    talking = _caller(
        "CTI_STATE=dial",
        "CTI_TICKET=1/1795470781123/0/employer/7/1",
        "CTI_OFFER=caen-1795470781.0-1-1",
        "CTI_ADVISOR=anne_lefevre",
        BridgeID="afac57e6-c3ad-422b-a22f-532b02d4399b",
    )
    (seen,) = _sync(talking).channels
    assert (seen.state, seen.bridged) == ("dial", True)
    assert (seen.ticket, seen.offer) == ("1/1795470781123/0/employer/7/1", "caen-1795470781.0-1-1")
    assert seen.advisor == "anne_lefevre"


def test_how_long_a_caller_has_talked_by_his_pbx_s_clock() -> None:
    talking = f"{STATUS_WAITING.rstrip()}\nVariable: CTI_ANSWERED_MS=1795470790500\n"
    (seen,) = _sync(message(talking, Seconds="30")).channels
    assert seen.talked_s == 20.5  # made at …781, 30 s ago


def test_an_advisor_s_leg_beside_its_caller_and_his_expert_s() -> None:
    """As it was told while an advisor at Rouen asked an expert at Caen."""
    call = ["CTI_CALL=caen-1795470781.0"]
    his = ["CTI_STATE=dial", "CTI_OFFER=c-1-1", "CTI_ADVISOR=remi", "CTI_ANSWERED_MS=1795470790000"]
    expert = ["CTI_EXPERT_TICKET=2/1/0/-/-/1/consultation/tax:5", "CTI_EXPERT_OFFER=c-2-1", "CTI_EXPERT=anne"]
    own = ["CTI_STATE=(null)", "CTI_OFFER=c-2-1", "CTI_ADVISOR=anne", "CTI_ANSWERED_MS=1795470800000"]
    advisor = _leg(call + his + expert, Channel="PJSIP/rouen-00000001", Application="Dial", Data="PJSIP/101")
    asked = _leg(call + own + expert, Channel="PJSIP/101-00000002", Uniqueid="1795470795.2", Seconds="17")
    synced = _sync(advisor, asked)
    assert synced.legs == ()
    assert synced.aside == (
        AsideSeen(
            "caen-1795470781.0", "PJSIP/rouen-00000001", "dial", "c-1-1", "remi", True, 22.0,
            "2/1/0/-/-/1/consultation/tax:5", "c-2-1", "anne", "rouen",
        ),
        AsideSeen(
            "caen-1795470781.0", "PJSIP/101-00000002", "", "c-2-1", "anne", True, 12.0,
            "2/1/0/-/-/1/consultation/tax:5", "c-2-1", "anne", None,
        ),
    )  # fmt: skip


def _leg(variables: list[str], **changes: str) -> AmiMessage:
    """The recorded leg of a phone with these variables."""
    recorded = [line for line in STATUS_PHONE_LEG.splitlines() if not line.startswith("Variable: ")]
    text = "\n".join([*recorded, *(f"Variable: {variable}" for variable in variables), ""])
    return message(text, **{"Seconds": "25", **changes})


@pytest.mark.parametrize("variable", ["CTI_CALL=rouen-1795470781.0", "CTI_CALL=(null)", "CTI_OFFER=(null)"])
def test_a_leg_of_a_call_that_came_in_elsewhere_or_was_not_ours_is_none_beside_its_caller(variable: str) -> None:
    given = {"CTI_CALL": "caen-1795470781.0", "CTI_OFFER": "c-1-1", **dict([variable.split("=")])}
    assert _sync(_leg([f"{name}={value}" for name, value in given.items()])).aside == ()


def test_a_caller_keeps_what_his_carrier_said_of_his_number() -> None:
    (seen,) = _sync(_caller("CTI_VERIFIED=no")).channels
    assert seen.cli == Cli("0199001234", 33199001234, Verified.NO)


@pytest.mark.parametrize("number", ["<unknown>", "anonymous", ""])
def test_a_withheld_number_is_none(number: str) -> None:
    (seen,) = _sync(_caller(CallerIDNum=number)).channels
    assert seen.cli.masked


@pytest.mark.parametrize(
    ("dialled", "dnis"),
    [
        ("+33261910001", "33261910001"),
        ("0261910001", "33261910001"),
        ("17", "17"),
        ("9" * 5000, "9" * 64),
        ("(null)", ""),
    ],
)
def test_the_number_dialled_is_e164_where_it_can_be(dialled: str, dnis: str) -> None:
    (seen,) = _sync(_caller(f"CTI_DNIS={dialled}")).channels
    assert seen.dnis == dnis


def test_the_leg_of_a_phone_is_no_caller() -> None:
    assert _sync(message(STATUS_PHONE_LEG), message(STATUS_COMPLETE)).channels == ()


def test_a_call_that_is_not_ours_is_no_caller() -> None:
    assert _sync(_caller("CTI_CALL=(null)")).channels == ()


def test_an_advisor_s_phone_code_is_no_caller() -> None:
    assert _sync(_caller("CTI_CODE=1")).channels == ()


def test_a_variable_may_hold_an_equals_sign() -> None:
    (seen,) = _sync(_caller("CTI_TICKET=a=b")).channels
    assert seen.ticket == "a=b"


def test_the_list_of_devices_is_phones_and_trunks() -> None:
    synced = sync_from_lists("caen", PEERS, "carrier", (), messages(DEVICE_STATE_LIST))
    assert synced.site == "caen"
    assert synced.trunks == {"rouen": True}
    assert synced.phones == {
        "101": PhoneState.IN_USE,
        "102": PhoneState.UNREACHABLE,
        "103": PhoneState.UNREACHABLE,
        "public": PhoneState.IN_USE,  # nobody's phone: the roster passes it over
    }


@pytest.mark.parametrize(
    ("channel", "data", "variables", "leg"),
    [
        ("PJSIP/rouen-00000007", "(Outgoing Line)", ("CTI_CALL=caen-1.0",), LegSeen("caen-1.2", "rouen", "caen-1.0")),
        ("PJSIP/rouen-00000007", "(Outgoing Line)", (), LegSeen("caen-1.2", "rouen", "")),
        ("PJSIP/carrier-00000007", "(Outgoing Line)", ("CTI_CALL=caen-1.0",), LegSeen("caen-1.2", PUBLIC, "caen-1.0")),
        ("PJSIP/rouen-00000007", "PJSIP/201,120", (), None),  # it came in over the trunk
        ("PJSIP/101-00000007", "(Outgoing Line)", (), None),
        ("PJSIP/brest-00000007", "(Outgoing Line)", (), None),
    ],
)
def test_an_outgoing_leg_on_a_trunk_is_seen_whoever_it_belongs_to(
    channel: str, data: str, variables: tuple[str, ...], leg: LegSeen | None
) -> None:
    lines = [f"Variable: {variable}" for variable in variables]
    text = "\n".join(["Event: Status", f"Channel: {channel}", f"Data: {data}", "Uniqueid: 1.2", *lines])
    (event,) = messages(text + "\n\n")
    assert _sync(event).legs == ((leg,) if leg else ())
