"""A softphone on a machine that is late: what the other side said meanwhile is not lost."""

import asyncio
import json
import re
import socket
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from deploy.lab.processes import kill_child, start_child

CHECKOUT = Path(__file__).parents[2]

LATE = """
import asyncio, os, sys, time
from baresip import Config, Runtime
from deploy.lab.softphone import Rack

async def main():
    runtime = Runtime()
    await runtime.start(Config(net_interface="127.0.0.1", native_log_level="error"))
    rack = Rack(runtime)
    await rack.carry_out({"do": "add", "phone": "p", "user": "0199001234", "domain": "127.0.0.1", "registrar": "",
                          "password": "", "tone_hz": 500})
    calling = asyncio.create_task(rack.carry_out({"do": "call", "phone": "p", "uri": sys.argv[1], "headers": {}}))
    await asyncio.sleep(0)  # the INVITE is asked for
    time.sleep(1)           # and the loop is held up until the other side has answered
    await calling
    await asyncio.sleep(0.5)
    await rack.carry_out({"do": "remove", "phone": "p"})

asyncio.run(main())
os._exit(0)
"""


class Refuses(asyncio.DatagramProtocol):
    """Rings, and is busy."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if not data.startswith(b"INVITE"):
            return
        kept = re.findall(rb"(?mi)^((?:Via|From|Call-ID|CSeq):[^\r]*\r\n)", data)
        (to,) = re.findall(rb"(?mi)^(To:[^\r]*)", data)
        for status in (b"180 Ringing", b"486 Busy Here"):
            head = b"SIP/2.0 %s\r\n%s%s;tag=1\r\n" % (status, b"".join(kept), to)
            self._socket.sendto(head + b"Content-Length: 0\r\n\r\n", address)


async def test_it_tells_of_an_answer_that_was_there_before_it_could_listen() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: Refuses(sock), sock=sock)
        phone = await start_child(
            [sys.executable, "-c", LATE, f"sip:101@127.0.0.1:{port}"], stdout=PIPE, stderr=None, cwd=CHECKOUT
        )
        try:
            async with asyncio.timeout(20):
                told = [json.loads(line) for line in (await phone.communicate())[0].splitlines()]
        finally:
            await kill_child(phone)
            transport.close()
    assert phone.returncode == 0
    assert [event["what"] for event in told] == ["progress", "ended"]
    assert "486" in told[-1]["detail"]
