"""Calls in quantity: SIPp as the public network, and SIPp as all phones of a bench."""

import asyncio
import csv
import re
import tempfile
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.lab.network import free_udp_port
from deploy.lab.processes import end_child, start_child

_SCENARIOS = Path(__file__).parent / "sipp"


class SippFailed(Exception):
    """SIPp could not run its scenario at all."""


@dataclass(frozen=True, slots=True)
class CallCounts:
    """How callers fared. `placed` is the sum of the others, once all calls are over.

    released: answered, and hung up by the PBX. left: answered, and hung up by the caller when his stay ran out.
    abandoned: never answered, cancelled when patience ran out. refused: by the PBX. failed: broken in any other way.
    """

    placed: int
    released: int
    left: int
    abandoned: int
    refused: int
    failed: int


@dataclass(slots=True)
class PhoneCounts:
    """What SIPp's phones did, filled in when they stop: see `static_phones`.

    hung_up: talks the phone ended. released: talks the other side ended. cancelled: stopped ringing unanswered.
    """

    answered: int = 0
    hung_up: int = 0
    released: int = 0
    cancelled: int = 0
    failed: int = 0


async def place_calls(
    *,
    number: str,
    pbx: str,
    source: str,
    clis: Sequence[str],
    calls: int | None = None,
    rate_per_s: float = 1.0,
    at_once: int | None = None,
    for_s: float | None = None,
    patience_s: float = 60.0,
    stay_s: float = 120.0,
    speaks: bool = False,
    shown: str = "",
    asserted: str = "",
) -> CallCounts:
    """Call `number` at `pbx` ("address:port") from the address `source`; returns when all calls are over.

    `clis` are shown one after the other, from the start again when they are used up; `calls` is one for each by
    default. With `at_once`, instead of at a rate, that many are on the line all the time. After `for_s` nobody calls
    any more. A caller cancels when he is not answered within `patience_s` of the last sign (100, 180, 183), and hangs
    up `stay_s` after the answer. `speaks`: the caller's audio is what he hears; without any, a trunk takes his PBX for
    dead after some seconds. `shown` is the display name as it goes on the wire, its quotes included; lone
    surrogates stand for bytes that are not UTF-8. `asserted` is the P-Asserted-Identity that the carrier adds.
    Raises SippFailed.
    """
    words = {"NUMBER": number, "PATIENCE_MS": _ms(patience_s), "STAY_MS": _ms(stay_s), "SHOWN": shown}
    words["ASSERTED"] = f"\n    P-Asserted-Identity: {asserted}" if asserted else ""
    pace = ["-r", str(max(1, round(rate_per_s * 10))), "-rp", "10000"] if at_once is None else ["-users", str(at_once)]
    pace += ["-m", str(calls or len(clis))]
    if speaks:
        pace += ["-rtp_echo", "-mi", source]
    if for_s is not None:
        pace += ["-timeout", f"{for_s:g}s"]
    with tempfile.TemporaryDirectory(prefix="cti-sipp-") as name:
        directory = Path(name)
        (directory / "clis.csv").write_text("SEQUENTIAL\n" + "".join(f"{cli};\n" for cli in clis))
        process = await _start_sipp(
            "caller", words, directory, source, free_udp_port(source),
            [pbx, "-inf", directory / "clis.csv", *pace],
        )  # fmt: skip
        try:
            output = (await process.communicate())[0].decode(errors="replace")
        finally:
            await end_child(process)
        counts = _counts(directory, output)
    return CallCounts(
        counts["OutgoingCall"], counts["released"], counts["left"], counts["abandoned"], counts["refused"],
        counts["FailedCall"],
    )  # fmt: skip


@asynccontextmanager
async def static_phones(
    address: str, *, ring_s: float, talk_s: float, talk_spread_s: float = 0.0
) -> AsyncIterator[PhoneCounts]:
    """Answer for every phone expected at `address` ("address:port", as `Lab.static_phones`) while in the block.

    Each call rings `ring_s`, is answered, and hung up after `talk_s`, give or take `talk_spread_s` at random (in the
    first twice that much of a talk the other side must not hang up). Raises SippFailed.
    """
    words = {"RING_MS": _ms(ring_s), "TALK_MS": _ms(talk_s - talk_spread_s), "SPREAD_MS": _ms(2 * talk_spread_s)}
    host, port = address.split(":")
    counts = PhoneCounts()
    with tempfile.TemporaryDirectory(prefix="cti-sipp-") as name:
        directory = Path(name)
        process = await _start_sipp("phones", words, directory, host, int(port), [])
        reading = asyncio.create_task(process.communicate())
        try:
            yield counts
        finally:
            await end_child(process)
            output = (await reading)[0].decode(errors="replace")
        found = _counts(directory, output)
        counts.answered, counts.hung_up, counts.released = found["answered"], found["hung_up"], found["released"]
        counts.cancelled, counts.failed = found["cancelled"], found["FailedCall"]


async def _start_sipp(
    scenario: str, words: Mapping[str, str], directory: Path, address: str, port: int, more: Sequence[str | Path]
) -> Process:
    text = (_SCENARIOS / f"{scenario}.xml").read_text()
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    (directory / "scenario.xml").write_text(text, errors="surrogateescape")
    return await start_child(
        ["sipp", "-sf", directory / "scenario.xml", "-i", address, "-p", str(port), "-nostdin",
         "-trace_stat", "-stf", directory / "counts.csv", "-fd", "1", "-trace_err", "-error_file", directory / "errors",
         *more],
        stdout=PIPE, stderr=STDOUT, cwd=directory,
    )  # fmt: skip


def _counts(directory: Path, output: str) -> dict[str, int]:
    """The last line of SIPp's statistics: its own cumulative counters, and the scenario's."""
    statistics = directory / "counts.csv"
    lines = statistics.read_text().splitlines() if statistics.exists() else []
    rows = list(csv.DictReader(lines, delimiter=";"))
    if not rows:
        raise SippFailed(output.strip()[-500:] or "SIPp ended without a word")
    named = {re.sub(r"\(C\)$", "", key): value for key, value in rows[-1].items() if key and key.endswith("(C)")}
    return {key: int(value) for key, value in named.items() if value.isdigit()}


def _ms(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
