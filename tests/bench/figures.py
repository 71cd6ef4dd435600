"""From packets to times. Pure: what was on the wire comes in, samples in seconds come out."""

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.bench.capture import AMI, FASTAGI, Packet, Segment, SipRequest


@dataclass(frozen=True, slots=True)
class Asked:
    """One ask: from its last header to the router's answer, and the phone it was told to dial ("" for none)."""

    channel: str
    at: float
    answered_at: float | None
    dialled: str


@dataclass(frozen=True, slots=True)
class Rang:
    """One call to a phone; `freed_at`: when the phone hung up, None if it did not."""

    phone: str
    at: float
    freed_at: float | None
    waiting: int = 0  # callers who had nobody, when the phone hung up


def asks(packets: Iterable[Packet]) -> list[Asked]:
    """The asks for an instruction; the last ask of a call, which only says how it ended, is left out."""
    questions, answers = _Streams(b"\n\n"), _Streams(b"\n")
    asked: dict[int, tuple[float, str]] = {}
    found: dict[int, Asked] = {}
    for packet in packets:
        if not isinstance(packet, Segment):
            continue
        if packet.target_port == FASTAGI and packet.stream not in asked:
            for text in questions.feed(packet):
                asked[packet.stream] = (packet.at, text)
                if "agi_network_script: ask\n" in text:
                    found[packet.stream] = Asked(_one(r"agi_channel: (.*)", text), packet.at, None, "")
        elif packet.source_port == FASTAGI and packet.stream in found:
            for text in answers.feed(packet):
                if text.startswith("EXEC MSet"):
                    question = found[packet.stream]
                    dialled = _one(r"CTI_DIAL=PJSIP/(\w+)", text)
                    found[packet.stream] = Asked(question.channel, question.at, packet.at, dialled)
    return list(found.values())


def redirects(packets: Iterable[Packet]) -> list[tuple[float, str]]:
    """When the router sent a nudge, and to which channel."""
    sent = _Streams(b"\r\n\r\n")
    return [
        (packet.at, _one(r"Channel: (\S+)", text))
        for packet in packets
        if isinstance(packet, Segment) and packet.target_port == AMI
        for text in sent.feed(packet)
        if "Action: Redirect\r\n" in text
    ]


def rings(packets: Iterable[Packet], *, phones: str, callers: str) -> list[Rang]:
    """Every call to the phones at the address `phones`, in order; retransmissions count once."""
    began: dict[str, tuple[str, float]] = {}
    freed: dict[str, tuple[float, int]] = {}
    calling: set[str] = set()
    for packet in packets:
        if not isinstance(packet, SipRequest):
            continue
        match packet.method:
            case "INVITE" if packet.target == phones:
                began.setdefault(packet.call_id, (packet.user, packet.at))
            case "INVITE" if packet.source == callers:
                calling.add(packet.call_id)
            case "BYE" if packet.source == phones and packet.call_id not in freed:
                served = len(began) - len(freed)  # the one who hears this BYE among them
                freed[packet.call_id] = (packet.at, len(calling) - served)
            case "BYE" if packet.target == callers:
                calling.discard(packet.call_id)
    none = (None, 0)
    return [Rang(phone, at, *freed.get(call_id, none)) for call_id, (phone, at) in began.items()]


def free_to_ring(rung: Sequence[Rang]) -> Iterator[tuple[float, float]]:
    """(when, seconds) from a phone's BYE to the next INVITE at that phone, where a caller was waiting."""
    by_phone: dict[str, list[Rang]] = defaultdict(list)
    for ring in rung:
        by_phone[ring.phone].append(ring)
    for calls in by_phone.values():
        for call, following in itertools.pairwise(calls):
            if call.freed_at is not None and call.waiting > 0:
                yield call.freed_at, following.at - call.freed_at


def nudge_to_invite(
    nudges: Iterable[tuple[float, str]], asked: Iterable[Asked], rung: Sequence[Rang]
) -> Iterator[tuple[float, float]]:
    """(when, seconds) from a Redirect to the INVITE at the phone that the channel's next ask was told to dial."""
    by_channel: dict[str, list[Asked]] = defaultdict(list)
    for ask in asked:
        by_channel[ask.channel].append(ask)
    by_phone: dict[str, list[Rang]] = defaultdict(list)
    for ring in rung:
        by_phone[ring.phone].append(ring)
    for at, channel in nudges:
        told = next((a for a in by_channel[channel] if a.answered_at is not None and a.answered_at > at), None)
        if told is None or told.answered_at is None:
            continue
        ringing = next((ring for ring in by_phone[told.dialled] if ring.at > told.answered_at), None)
        if ringing is not None:
            yield at, ringing.at - at


def percentile(samples: Sequence[float], share: float) -> float:
    """The least sample that at least `share` (0..1) of them do not exceed (nearest rank). NaN when there is none."""
    return sorted(samples)[max(1, math.ceil(share * len(samples))) - 1] if samples else math.nan


class _Streams:
    """Connections' bytes, cut into texts at `end`."""

    def __init__(self, end: bytes) -> None:
        self._end = end
        self._rest: dict[int, bytes] = defaultdict(bytes)

    def feed(self, segment: Segment) -> list[str]:
        *texts, self._rest[segment.stream] = (self._rest[segment.stream] + segment.data).split(self._end)
        return [(text + self._end).decode("utf-8", "replace") for text in texts]


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1].strip() if found else ""
