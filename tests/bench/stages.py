"""Where the time goes from an advisor's BYE to his next INVITE: each stage as the wire shows it."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from tests.bench.capture import AMI, FASTAGI, Packet, Segment, SipRequest
from tests.bench.figures import redirects

STAGES = {
    "told": "of it: from the BYE until the phone's PBX tells the router",
    "decided": "from there to the router's Redirect",
    "asks": "to the first header of the caller's ask",
    "asked": "to its last one",
    "answered": "to the router's answer",
    "on_the_trunk": "to the INVITE at the phone's PBX",
    "rings": "to the INVITE at the phone",
}
"""What the way is made of, and what each stage ends with."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a BYE to an INVITE: seconds, one for each of STAGES."""

    at: float
    took_s: tuple[float, ...]


def ways(packets: Sequence[Packet], *, phones: str, callers: str) -> Iterator[Way]:
    """Those of one phone at a time, whose calls come over trunks, in order. One with a stage missing is left out."""
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
