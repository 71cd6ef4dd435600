"""A softphone that can be told what to do, and asked what it hears. A caller is a phone without registration."""

import asyncio
import itertools
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from deploy.lab.asterisk import CARRIER
from deploy.lab.rack import PhoneFailed, PhoneRack
from deploy.lab.recording import Recording, samples_of

_numbers = itertools.count(1)
_tones = itertools.cycle(range(500, 3300, 40))
_SAME_TONE_HZ = 8.0


class What(StrEnum):
    """What a phone tells."""

    RINGING = "ringing"  # somebody calls it
    PROGRESS = "progress"  # it calls somebody: ringing there, or early sound
    ANSWERED = "answered"
    ENDED = "ended"  # `detail` is the stack's reason
    DIGIT = "digit"  # `detail` is the key the other side pressed


@dataclass(frozen=True, slots=True)
class PhoneEvent:
    """`at` is on this machine's monotonic clock, which `time.monotonic()` and the event loop share."""

    what: What
    at: float
    peer: str
    detail: str


class Phone:
    """One phone, talking in a tone of its own (`tone_hz`). It lets ring until told otherwise."""

    def __init__(self, name: str, rack: PhoneRack, owns_rack: bool, tone_hz: int) -> None:
        self.name, self.tone_hz = name, tone_hz
        self.events: list[PhoneEvent] = []
        self._rack, self._owns_rack = rack, owns_rack
        self._key = f"{name}#{next(_numbers)}"
        self._seen = 0
        self._gone = False
        self._news = asyncio.Event()
        rack.listen(self._key, self._on_message)

    @classmethod
    async def start(
        cls, extension: str, registrar: str, password: str, *, rack: PhoneRack | None = None,
        tone_hz: int | None = None,
    ) -> "Phone":  # fmt: skip
        """A phone that is registered at `registrar` ("address:port"); in a process of its own unless given a rack.

        Raises PhoneFailed when the registration is refused.
        """
        return await cls._add(extension, extension, registrar, registrar, password, rack, tone_hz)

    @classmethod
    async def caller(cls, cli: str, *, rack: PhoneRack | None = None, tone_hz: int | None = None) -> "Phone":
        """Somebody on the public network who shows this calling number ("anonymous" for none)."""
        return await cls._add(cli, cli, CARRIER, "", "", rack, tone_hz)

    @classmethod
    async def _add(
        cls, name: str, user: str, domain: str, registrar: str, password: str, rack: PhoneRack | None,
        tone_hz: int | None,
    ) -> "Phone":  # fmt: skip
        own = rack or await PhoneRack.start()
        phone = cls(name, own, rack is None, tone_hz or next(_tones))
        try:
            await phone._request(
                "add", user=user, domain=domain, registrar=registrar, password=password, tone_hz=phone.tone_hz
            )
        except BaseException:
            if rack is None:
                await own.kill()
            raise
        return phone

    # ── behaviour ────────────────────────────────────────────────────────────────────────────────────────────────

    async def answer_after(self, seconds: float) -> None:
        """Answer each call after it rang so long; one that rings now, so long from now."""
        await self._request("behave", busy=False, answer_after_s=seconds)

    async def let_ring(self) -> None:
        await self._request("behave", busy=False, answer_after_s=None)

    async def be_busy(self) -> None:
        """Refuse each call with 486; one that rings now, at once."""
        await self._request("behave", busy=True, answer_after_s=None)

    async def register(self) -> None:
        """Register once more, as phones do from time to time. Raises PhoneFailed when it is refused."""
        await self._request("register")

    async def call(self, uri: str, headers: dict[str, str] | None = None) -> None:
        """Call somebody; returns when the INVITE is out. Its fate comes as events."""
        await self._request("call", uri=uri, headers=headers or {})

    async def hang_up(self) -> None:
        """End what goes on: hang up a talk, cancel an own call, decline a ringing one."""
        await self._request("hang_up")

    async def send_dtmf(self, digits: str) -> None:
        """Press keys (RFC 4733), 0.22 s each; returns when the last is sent."""
        await self._request("send_dtmf", digits=digits)

    # ── observation ──────────────────────────────────────────────────────────────────────────────────────────────

    async def wait_for(self, what: What, within_s: float = 10.0) -> PhoneEvent:
        """The next event of this kind that was not waited for yet; older events of other kinds are passed over.

        Raises TimeoutError, or PhoneFailed when the phone's process ended.
        """
        try:
            async with asyncio.timeout(within_s):
                while True:
                    for index in range(self._seen, len(self.events)):
                        if self.events[index].what is what:
                            self._seen = index + 1
                            return self.events[index]
                    if self._gone:
                        raise PhoneFailed(f"{self.name}: its process ended")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            told = ", ".join(f"{e.what} {e.detail}".strip() for e in self.events) or "nothing"
            raise TimeoutError(f"{self.name}: no {what} within {within_s:g} s; it told: {told}") from None

    def forget(self) -> None:
        """Forget every event so far."""
        self.events.clear()
        self._seen = 0

    async def heard(self) -> float | None:
        """The loudest frequency of the last 0.5 s, in Hz (resolution 2 Hz); None for silence."""
        heard = await self._request("heard")
        return None if heard is None else float(heard)

    async def hears(self, tone_hz: float | None, within_s: float = 5.0) -> bool:
        """Wait until this tone (None: silence) is what it hears. False when it is not within that time."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    heard = await self.heard()
                    if heard is None or tone_hz is None:
                        if heard is tone_hz:
                            return True
                    elif abs(heard - tone_hz) <= _SAME_TONE_HZ:
                        return True
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return False

    async def record(self) -> None:
        """Record what each call from now on hears, from its first sound on, early media included."""
        await self._request("record")

    async def recording(self) -> Recording:
        """What the newest recorded call has heard so far, or to its end. Raises PhoneFailed when there is none."""
        with tempfile.NamedTemporaryFile(prefix="cti-recording-", suffix=".wav") as file:
            began_at = float(await self._request("recording", file=file.name))
            return Recording(samples_of(Path(file.name)), began_at)

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def stop(self) -> None:
        """Hang up, unregister, and end its process when it has one of its own."""
        await self._request("remove")
        if self._owns_rack:
            await self._rack.stop()

    async def kill(self) -> None:
        """Fall silent without a word, as by a power cut. Only for a phone with a process of its own."""
        if not self._owns_rack:
            raise PhoneFailed(f"{self.name} shares its process: killing it would kill others")
        await self._rack.kill()

    async def _request(self, do: str, **details: object) -> Any:
        return await self._rack.request(do, self._key, **details)

    def _on_message(self, message: dict[str, Any] | None) -> None:
        if message is None:
            self._gone = True
        else:
            self.events.append(PhoneEvent(What(message["what"]), message["at"], message["peer"], message["detail"]))
        self._news.set()
