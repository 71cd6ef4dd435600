"""The arithmetic of the bench, on a few packets written by hand."""

import math

from tests.bench import figures, stages
from tests.bench.capture import AMI, FASTAGI, Packet, Segment, SipRequest

PHONES, CALLERS, CAEN, ROUEN = "127.9.9.202", "127.9.9.201", "127.9.9.1", "127.9.9.2"
HEADERS = b"agi_network_script: ask\nagi_channel: PJSIP/public-01\n\n"


def asked(at: float, stream: int, data: bytes) -> Packet:
    return Segment(at, stream, 40_000 + stream, FASTAGI, data)


def answered(at: float, stream: int, data: bytes) -> Packet:
    return Segment(at, stream, FASTAGI, 40_000 + stream, data)


def invite(at: float, call: str, phone: str = "201", source: str = ROUEN, target: str = PHONES) -> Packet:
    return SipRequest(at, source, target, "INVITE", phone, call)


def bye(at: float, call: str, source: str = PHONES, target: str = ROUEN) -> Packet:
    return SipRequest(at, source, target, "BYE", "asterisk", call)


def test_an_ask_counts_from_its_last_header_to_its_answer() -> None:
    (ask,) = figures.asks(
        [
            asked(1.0, 1, HEADERS[:20]),
            asked(1.5, 1, HEADERS[20:]),
            answered(1.7, 1, b'EXEC MSet "CTI_SEQ=2,CTI_DIAL=PJSIP/201@rouen,CTI_DO=dial"\n'),
            asked(1.8, 1, b"200 result=0\n"),
        ]
    )
    assert (ask.channel, ask.at, ask.answered_at, ask.dialled) == ("PJSIP/public-01", 1.5, 1.7, "201")


def test_the_last_ask_of_a_call_is_none_and_an_unanswered_one_is_seen() -> None:
    end = HEADERS.replace(b"script: ask", b"script: end")
    (ask,) = figures.asks([asked(1.0, 1, end), answered(1.1, 1, b'EXEC MSet "CTI_DO=release"\n'), asked(2, 2, HEADERS)])
    assert (ask.at, ask.answered_at) == (2, None)


def test_a_nudge_counts_to_the_phone_that_the_channel_is_told_to_dial() -> None:
    packets = [
        Segment(1.0, 7, 50_000, AMI, b"Action: Redirect\r\nActionID: 1\r\nChan"),
        Segment(1.1, 7, 50_000, AMI, b"nel: PJSIP/public-01\r\n\r\nAction: Ping\r\n\r\n"),
        invite(1.15, "other", phone="202"),
        asked(1.2, 1, HEADERS),
        answered(1.3, 1, b'EXEC MSet "CTI_DIAL=PJSIP/201@rouen"\n'),
        invite(1.4, "a", phone="202"),
        invite(1.6, "b"),
    ]
    rung = figures.rings(packets, phones=PHONES, callers=CALLERS)
    ((at, took_s),) = figures.nudge_to_invite(figures.redirects(packets), figures.asks(packets), rung)
    assert (at, round(took_s, 6)) == (1.1, 0.5)


def test_a_phone_is_free_from_its_bye_to_its_next_call_where_a_caller_waited() -> None:
    packets = [
        *(invite(0.1, f"caller-{n}", source=CALLERS, target=CAEN) for n in range(2)),
        invite(1.0, "a"),
        bye(2.0, "a"),
        bye(2.1, "a"),  # sent again
        bye(2.1, "caller-0", source=CAEN, target=CALLERS),
        invite(2.25, "b"),
        invite(2.75, "b"),  # sent again
        bye(3.0, "b"),  # nobody waits now
        invite(9.0, "c"),
    ]
    assert list(figures.free_to_ring(figures.rings(packets, phones=PHONES, callers=CALLERS))) == [(2.0, 0.25)]


def test_the_way_from_a_bye_to_the_next_invite_is_made_of_stages() -> None:
    free = b"Event: DeviceStateChange\r\nDevice: PJSIP/201\r\nState: NOT_INUSE\r\n\r\n"
    packets = [
        bye(1.0, "a"),
        Segment(1.1, 7, AMI, 50_000, free),
        Segment(1.3, 8, 50_001, AMI, b"Action: Redirect\r\nChannel: PJSIP/public-01\r\n\r\n"),
        asked(1.6, 1, HEADERS[:20]),
        asked(2.0, 1, HEADERS[20:]),
        answered(2.5, 1, b'EXEC MSet "CTI_DIAL=PJSIP/201@rouen,CTI_DO=dial"\n'),
        asked(2.6, 1, b"200 result=0\n"),
        invite(3.1, "b", source=CAEN, target=ROUEN),
        invite(3.8, "c"),
        bye(9.0, "c"),
        invite(9.9, "d"),  # nobody was nudged: he came when the phone was free
    ]
    (way,) = stages.ways(packets, phones=PHONES, callers=CALLERS)
    assert way.at == 1.0
    took_s = dict(zip(stages.STAGES, (round(took_s, 6) for took_s in way.took_s), strict=True))
    assert took_s == {
        "told": 0.1, "decided": 0.2, "asks": 0.3, "asked": 0.4, "answered": 0.5, "on_the_trunk": 0.6, "rings": 0.7,
    }  # fmt: skip


def test_percentiles_are_samples_by_nearest_rank() -> None:
    samples = [float(n) for n in range(100, 0, -1)]
    assert [figures.percentile(samples, share) for share in (0.5, 0.99, 1.0)] == [50, 99, 100]
    assert figures.percentile([7.0], 0.01) == 7
    assert math.isnan(figures.percentile([], 0.5))
