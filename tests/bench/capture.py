"""What passed on the wire, as the kernel saw it: a clock that is not ours.

dumpcap only writes packets down while it counts; tshark takes them apart afterwards.
"""

from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.lab.processes import end_child, start_child

SIP, FASTAGI, AMI = 5060, 4573, 5038

_FIELDS = (
    "frame.time_epoch", "ip.src", "ip.dst", "sip.Method", "sip.r-uri.user", "sip.Call-ID",
    "tcp.stream", "tcp.srcport", "tcp.dstport", "tcp.payload",
)  # fmt: skip


class CaptureFailed(Exception):
    """dumpcap or tshark did not do its work, or the kernel dropped packets; says what it said."""


@dataclass(frozen=True, slots=True)
class SipRequest:
    """`at`: seconds since the epoch. `user`: whom it calls."""

    at: float
    source: str
    target: str
    method: str
    user: str
    call_id: str


@dataclass(frozen=True, slots=True)
class Segment:
    """What one TCP packet carried. `stream` numbers the connections."""

    at: float
    stream: int
    source_port: int
    target_port: int
    data: bytes


Packet = SipRequest | Segment


@asynccontextmanager
async def capturing(file: Path, network: str) -> AsyncIterator[None]:
    """Write down SIP, FastAGI and AMI of the lab on `network` while in the block. Raises CaptureFailed."""
    wanted = f"net {network} and (udp port {SIP} or tcp port {FASTAGI} or tcp port {AMI})"
    dumpcap = await start_child(
        ["dumpcap", "-i", "lo", "-P", "-B", "64", "-f", wanted, "-w", file], stderr=PIPE
    )  # fmt: skip
    assert dumpcap.stderr is not None
    said = ""
    while "File:" not in said:  # so it says once it captures
        line = await dumpcap.stderr.readline()
        if not line:
            raise CaptureFailed(said)
        said += line.decode()
    try:
        yield
    finally:
        await end_child(dumpcap)
    said += (await dumpcap.stderr.read()).decode()
    if "received/dropped" not in said or "/0 (" not in said.split("received/dropped")[1]:
        raise CaptureFailed(said)


async def packets(file: Path) -> list[Packet]:
    """What was written down, in order. Raises CaptureFailed."""
    fields = [word for field in _FIELDS for word in ("-e", field)]
    tshark = await start_child(
        ["tshark", "-r", file, "-n", "-Y", "sip.Method or tcp.len > 0", "-d", f"tcp.port=={FASTAGI},data",
         "-d", f"tcp.port=={AMI},data", "-T", "fields", "-E", "separator=/t", "-E", "occurrence=f", *fields],
        stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    output, errors = await tshark.communicate()
    if tshark.returncode:
        raise CaptureFailed(errors.decode())
    return list(_read(output.decode().splitlines()))


def _read(lines: Iterable[str]) -> Iterator[Packet]:
    for line in lines:
        at, source, target, method, user, call_id, stream, source_port, target_port, data = line.split("\t")
        if method:
            yield SipRequest(float(at), source, target, method, user, call_id)
        else:
            yield Segment(float(at), int(stream), int(source_port), int(target_port), bytes.fromhex(data))
