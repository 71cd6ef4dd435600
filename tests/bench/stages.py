"""Where the time goes from an advisor's BYE to his next INVITE: each stage as the wire shows it."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from tests.bench.capture import AMI, FASTAGI, Packet, Segment, SipRequest
from tests.bench.figures import redirects

STAGES = ("told", "decided", "asks", "asked", "answered", "on_the_trunk", "rings")
"""What each stage ends with: the phone's PBX tells the router (AMI); the router nudges; the caller's PBX connects;
the ask's last header; the answer; the INVITE on the trunk; the INVITE at the phone."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a BYE to an INVITE: seconds, one for each of STAGES."""

    at: float
    took_s: tuple[float, ...]


def ways(packets: Sequence[Packet], *, phones: str, callers: str) -> Iterator[Way]:
    """Those whose call came over a trunk, in order. A stage that is not to be found leaves its way out."""
    segments = [packet for packet in packets if isinstance(packet, Segment)]
    told = [
        segment.at
        for segment in segments
        if segment.source_port == AMI and b"DeviceStateChange" in segment.data and b"NOT_INUSE" in segment.data
    ]
    nudged = [at for at, _ in redirects(packets)]
    requests = [packet for packet in packets if isinstance(packet, SipRequest)]
    freed_at = None
    for place, request in enumerate(requests):
        if request.method == "BYE" and request.source == phones:
            freed_at = request.at
        elif request.method == "INVITE" and request.target == phones and freed_at is not None:
            way = _way(freed_at, request, requests[:place], told, nudged, segments, callers)
            freed_at = None
            if way is not None:
                yield way


def _way(
    freed_at: float, ring: SipRequest, before: Sequence[SipRequest], told: Sequence[float], nudged: Sequence[float],
    segments: Sequence[Segment], callers: str,
) -> Way | None:  # fmt: skip
    trunk = next(
        (
            packet.at
            for packet in reversed(before[-20:])
            if packet.method == "INVITE" and packet.target == ring.source and packet.source != callers
        ),
        None,
    )
    told_at, nudged_at = _next(told, freed_at), _next(nudged, freed_at)
    if trunk is None or told_at is None or nudged_at is None or not freed_at < told_at < nudged_at < trunk < ring.at:
        return None
    asking: dict[int, tuple[float, float]] = {}
    for segment in segments[bisect_left(segments, nudged_at, key=attrgetter("at")) :]:
        if segment.at > trunk:
            break
        if segment.target_port == FASTAGI and segment.data != b"200 result=0\n":
            first, _ = asking.get(segment.stream, (segment.at, 0.0))
            asking[segment.stream] = first, segment.at
        elif segment.source_port == FASTAGI and b"CTI_DO=dial" in segment.data and segment.stream in asking:
            ends = (told_at, nudged_at, *asking[segment.stream], segment.at, trunk, ring.at)
            return Way(freed_at, tuple(end - begin for begin, end in zip((freed_at, *ends), ends, strict=False)))
    return None


def _next(instants: Sequence[float], after: float) -> float | None:
    place = bisect_left(instants, after)
    return instants[place] if place < len(instants) else None
