"""By what a call can be followed."""

import shlex
from typing import Any

import pytest

from cti_router.core.history import CallRecord, OfferRecord, Outcome, TicketRecord
from cti_router.postgres.records import record_to_json
from cti_router.trace import Living, as_text, looks, marks

LIVING = CallRecord(
    "caen-1795470781.0", 1795470781.0, "0261910101", "33261910001", "caen", waited_s=12.25,
    because=("Rouen est de permanence",), sip="3c26700b@192.0.2.7",
    tickets=(TicketRecord(1, "inbound", (OfferRecord("remi", 1795470783.0, "no_answer", 4.0, "b2f0"),)),),
)  # fmt: skip
ENDED = CallRecord(
    "caen-1795470781.0", 1795470781.0, "", "33261910001", "caen", outcome=Outcome.ABANDONED, ended_at=1795470790.0
)


TALKING = Living("PJSIP/public-00000003", 4, "rose", "c3f0")


def _traced(record: CallRecord, living: Living | None = None) -> dict[str, Any]:
    found = marks(record, living)
    return {"call": record_to_json(record), **found, "look": looks(found)}


TRACED = _traced(LIVING, TALKING)


def test_a_living_call_has_all_its_marks() -> None:
    assert marks(LIVING, TALKING) == {
        "agi": {"call": "caen-1795470781.0", "channel": "PJSIP/public-00000003", "asks": 4},
        "ami": {"site": "caen", "channel": "PJSIP/public-00000003", "unique_id": "1795470781.0"},
        "sip": {
            "call_id": "3c26700b@192.0.2.7",
            "legs": [
                {"advisor": "remi", "result": "no_answer", "call_id": "b2f0"},
                {"advisor": "rose", "result": None, "call_id": "c3f0"},
            ],
            "trunk_header": "X-CTI-Call: caen-1795470781.0",
        },
    }


def test_each_command_can_be_pasted() -> None:
    assert [shlex.split(look["command"]) for look in TRACED["look"]] == [
        ["asterisk", "-rx", "core show channel PJSIP/public-00000003"],
        ["grep", "-F", "caen-1795470781.0", "/var/log/asterisk/full"],
        ["tshark", "-r", "capture.pcap", "-Y", 'sip.Call-ID == "3c26700b@192.0.2.7"'],
        ["tshark", "-r", "capture.pcap", "-Y", 'sip.Call-ID == "b2f0"'],
        ["tshark", "-r", "capture.pcap", "-Y", 'sip.Call-ID == "c3f0"'],
        ["tshark", "-r", "capture.pcap", "-Y", 'sip.msg_hdr contains "X-CTI-Call: caen-1795470781.0"'],
        ["grep", "-F", "caen-1795470781.0"],
    ]


def test_a_leg_its_pbx_could_not_tell_of_is_unknown() -> None:
    traced = _traced(LIVING, Living("PJSIP/public-00000003", 4, "rose"))
    assert "leg to rose (now) Call-ID unknown" in as_text(traced)
    assert not any("unknown" in look["command"] or "None" in look["command"] for look in traced["look"])


def test_an_ended_call_without_a_sip_call_id_leaves_out_what_would_find_nothing() -> None:
    commands = " ".join(look["command"] for look in _traced(ENDED)["look"])
    assert "core show channel" not in commands
    assert "sip.Call-ID" not in commands
    assert commands.count("caen-1795470781.0") == 3


@pytest.mark.parametrize(
    ("record", "traced", "shown"),
    [
        (LIVING, TRACED, ("outcome  in progress", "not ended, waited 12.25 s", "leg to remi (no_answer) Call-ID b2f0")),
        (ENDED, _traced(ENDED), ("outcome  abandoned", "channel gone, asks unknown", "leg Call-ID unknown;")),
    ],
    ids=["living", "ended"],
)
def test_people_read_the_same(record: CallRecord, traced: dict[str, Any], shown: tuple[str, ...]) -> None:
    text = as_text(traced)
    assert [words for words in (*shown, *(look["command"] for look in traced["look"])) if words not in text] == []
