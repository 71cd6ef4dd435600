"""By what one call can be followed: in the router, on its PBX, on the wire, and with which commands. Pure."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cti_router.core.configuration import AdvisorId
from cti_router.core.history import CallRecord

PBX_LOG = "/var/log/asterisk/full"
"""Where Asterisk's sample logger.conf writes it."""


@dataclass(frozen=True, slots=True)
class Living:
    """What only a call in progress has.

    `asks` is the number of its last ask; `dials` the advisor who is rung or talks now, and `leg_sip` the SIP Call-ID of
    that leg ("" when its PBX could not tell).
    """

    channel: str
    asks: int
    dials: AdvisorId | None = None
    leg_sip: str = ""


def marks(record: CallRecord, living: Living | None = None) -> dict[str, dict[str, Any]]:
    """Its identifiers by protocol. `living` is given while it lives."""
    unique_id = record.id.removeprefix(f"{record.entry_site}-")
    channel, asks = (living.channel, living.asks) if living else (None, None)
    return {
        "agi": {"call": record.id, "channel": channel, "asks": asks},
        "ami": {"site": record.entry_site, "channel": channel, "unique_id": unique_id},
        "sip": {
            "call_id": record.sip or None,
            "legs": list(_legs(record, living)),
            "trunk_header": f"X-CTI-Call: {record.id}",
        },
    }


def _legs(record: CallRecord, living: Living | None) -> Iterator[dict[str, Any]]:
    """The legs dialled to advisors, the first one first."""
    for ticket in record.tickets:
        for offer in ticket.offers:
            if offer.sip:
                yield {"advisor": offer.advisor, "result": offer.result, "call_id": offer.sip}
    if living is not None and living.dials is not None:
        yield {"advisor": living.dials, "result": None, "call_id": living.leg_sip or None}


def looks(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Commands to look further, for what `marks` found: `where` to type each, and the `command`."""
    return [{"where": where, "command": command} for where, command in _commands(found)]


def _commands(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    call, sip, ami = found["agi"]["call"], found["sip"], found["ami"]
    pbx = f"PBX of {ami['site']}"
    if ami["channel"] is not None:
        yield pbx, shlex.join(("asterisk", "-rx", f"core show channel {ami['channel']}"))
    yield "PBX of each site", shlex.join(("grep", "-F", call, PBX_LOG))
    if sip["call_id"] is not None:
        yield pbx, _tshark(f'sip.Call-ID == "{sip["call_id"]}"')
    for leg in sip["legs"]:
        if leg["call_id"] is not None:
            yield f"{pbx}, or of {leg['advisor']}", _tshark(f'sip.Call-ID == "{leg["call_id"]}"')
    yield "PBX of each site", _tshark(f'sip.msg_hdr contains "{sip["trunk_header"]}"')
    yield "the router's log (stderr)", shlex.join(("grep", "-F", call))


def _tshark(display_filter: str) -> str:
    return shlex.join(("tshark", "-r", "capture.pcap", "-Y", display_filter))


def as_text(found: Mapping[str, Any]) -> str:
    """What `/trace/{call}` gave, for people."""
    call = found["call"]
    agi, ami, sip = found["agi"], found["ami"], found["sip"]
    lines = [
        f"call     {call['id']}",
        f"times    arrived {call['arrived_at']}, {_ended(call)}, waited {call['waited_s']:g} s, "
        f"talked {call['talked_s']:g} s",
        f"outcome  {call['outcome'] or 'in progress'}",
        f"because  {call['because'] or '-'}",
        f"agi      call {agi['call']}, channel {agi['channel'] or 'gone'}, asks {_or_unknown(agi['asks'])}",
        f"ami      site {ami['site']}, channel {ami['channel'] or 'gone'}, unique id {ami['unique_id']}",
        f"sip      caller's leg Call-ID {_or_unknown(sip['call_id'])}; on trunks {sip['trunk_header']}",
        *(
            f"         leg to {leg['advisor']} ({leg['result'] or 'now'}) Call-ID {_or_unknown(leg['call_id'])}"
            for leg in sip["legs"]
        ),
        "",
        *(f"{look['where']}:\n    {look['command']}" for look in found["look"]),
    ]
    return "\n".join(lines)


def _ended(call: Mapping[str, Any]) -> str:
    return f"ended {call['ended_at']}" if call["ended_at"] else "not ended"


def _or_unknown(value: object) -> str:
    return "unknown" if value is None else str(value)
