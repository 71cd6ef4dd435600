"""The child process behind `rack.PhoneRack`: SIP phones on one baresip runtime, told what to do in JSON lines.

In:  {"id": 1, "do": "call", "phone": "caen/101", "uri": "sip:…"}     one request a line
Out: {"reply": 1, "value": …} or {"reply": 1, "error": "…"}           one for each request
     {"phone": "caen/101", "what": "ringing", "at": …, "peer": "…", "detail": "…"}   as things happen

Sound comes in without a jitter buffer: what is heard, and when, is what the network brought.
"""

import asyncio
import contextlib
import json
import os
import sys
import threading
import time
import wave
from collections import deque
from typing import Any

import numpy
from baresip import (
    Account,
    AudioNotActive,
    AudioRestarted,
    BaresipError,
    Call,
    CallState,
    Config,
    Event,
    Runtime,
    StackEvent,
    UserAgent,
)

PUMP_S = 0.04  # how often sound is written and read
AHEAD_S = 0.16  # how much sound is written ahead
HEARING_S = 0.5  # what `heard` listens to
TAPE_HZ = 8000
TAPE_LATE_S = 2 * PUMP_S  # sound that is so much later than what came before comes after a silence
SILENCE_RMS = 60.0  # of 32767
LOUDNESS = 6000


def say(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class Ear:
    """What came in lately, and its loudest frequency."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, bytes, int]] = deque()

    def take(self, pcm: bytes, rate: int) -> None:
        self._pieces.append((time.monotonic(), pcm, rate))
        self._forget()

    def heard(self) -> float | None:
        """Hertz; None for silence, or when less than half of the listening time came in."""
        self._forget()
        if not self._pieces:
            return None
        rate = self._pieces[-1][2]
        samples = numpy.frombuffer(b"".join(pcm for _, pcm, r in self._pieces if r == rate), dtype=numpy.int16)
        if len(samples) < rate * HEARING_S / 2 or numpy.sqrt(numpy.mean(samples.astype(float) ** 2)) < SILENCE_RMS:
            return None
        spectrum = numpy.abs(numpy.fft.rfft(samples * numpy.hanning(len(samples))))
        spectrum[0] = 0.0
        return float(numpy.fft.rfftfreq(len(samples), 1 / rate)[int(numpy.argmax(spectrum))])

    def _forget(self) -> None:
        while self._pieces and self._pieces[0][0] < time.monotonic() - HEARING_S:
            self._pieces.popleft()


class Tape:
    """Everything that came in since the first sound. Where none came there is silence, so that its time is true."""

    def __init__(self) -> None:
        self.began_at = 0.0
        self._pieces: list[bytes] = []
        self._samples = 0

    def take(self, pcm: bytes, rate: int) -> None:
        if rate != TAPE_HZ:
            raise ValueError(f"sound of {rate} Hz instead of {TAPE_HZ}")
        now = time.monotonic()
        if not self._pieces:
            self.began_at = now - len(pcm) / 2 / TAPE_HZ
        elif self._lacking(now) > len(pcm) / 2 + TAPE_LATE_S * TAPE_HZ:
            self._add(bytes(2 * (self._lacking(now) - len(pcm) // 2)))
        self._add(pcm)

    def end(self) -> None:
        """It ends now: nothing came since."""
        lacking = self._lacking(time.monotonic())
        if self._pieces and lacking > TAPE_LATE_S * TAPE_HZ:
            self._add(bytes(2 * lacking))

    def write(self, file: str) -> float:
        """As a WAV; the monotonic time of its first sample."""
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(TAPE_HZ)
            out.writeframes(b"".join(self._pieces))
        return self.began_at

    def _lacking(self, now: float) -> int:
        return int((now - self.began_at) * TAPE_HZ) - self._samples

    def _add(self, pcm: bytes) -> None:
        self._pieces.append(pcm)
        self._samples += len(pcm) // 2


class Line:
    """One call of a phone, in either direction: its sound, its answering, its events."""

    def __init__(self, phone: "Softphone", call: Call) -> None:
        self.phone, self.call, self.ear = phone, call, Ear()
        self.tape: Tape | None = None
        if phone.records:
            self.tape = phone.tape = Tape()
        self._pump = asyncio.create_task(self._exchange_sound())
        self._answering: asyncio.Task[None] | None = None
        call.on(self._on_event)
        call.on_dtmf(lambda digit: self.tell("digit", digit.digit))

    def tell(self, what: str, detail: str = "") -> None:
        say(phone=self.phone.key, what=what, at=time.monotonic(), peer=self.call.peer or "", detail=detail)

    def behave(self) -> None:
        """Do with a ringing call what the phone is told to do now."""
        if self.call.state is not CallState.INCOMING:
            return
        if self._answering is not None:
            self._answering.cancel()
            self._answering = None
        if self.phone.busy:
            self._answering = asyncio.create_task(self._unless_gone(self.call.reject()))
        elif self.phone.answer_after_s is not None:
            self._answering = asyncio.create_task(self._answer(self.phone.answer_after_s))

    async def _answer(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self._unless_gone(self.call.answer())

    async def _unless_gone(self, action: Any) -> None:
        with contextlib.suppress(BaresipError):  # the other side was faster
            await action

    def _on_event(self, event: StackEvent) -> None:
        if event.event in (Event.CALL_RINGING, Event.CALL_PROGRESS):
            self.tell("progress")
        elif event.event is Event.CALL_ESTABLISHED:
            self.tell("answered")
        elif event.event is Event.CALL_CLOSED:
            self.tell("ended", event.text or "")
            self._pump.cancel()
            if self.tape is not None:
                self.tape.end()
            if self._answering is not None:
                self._answering.cancel()
            self.phone.lines.remove(self)

    async def _exchange_sound(self) -> None:
        spoken = 0
        while True:
            try:
                info = self.call.audio.info()
                if info.tx_ready:
                    tone = self.phone.tone(info.tx_sample_rate)
                    lacking = int(AHEAD_S * info.tx_sample_rate) * 2 - info.tx_buffered
                    for _ in range(max(0, lacking) // (len(tone) // 50)):
                        piece = tone[spoken : spoken + len(tone) // 50]
                        spoken = (spoken + self.call.audio.write(piece)) % len(tone)
                if info.rx_ready and (pcm := self.call.audio.read(info.rx_capacity)):
                    self.ear.take(pcm, info.rx_sample_rate)
                    if self.tape is not None:
                        self.tape.take(pcm, info.rx_sample_rate)
            except (AudioNotActive, AudioRestarted):
                pass
            await asyncio.sleep(PUMP_S)


class Softphone:
    """One account: a registered phone, or a caller without registration."""

    def __init__(self, key: str, agent: UserAgent, registers: bool, tone_hz: int) -> None:
        self.key, self.agent, self.registers, self.tone_hz = key, agent, registers, tone_hz
        self.lines: list[Line] = []
        self.busy = False
        self.answer_after_s: float | None = None
        self.records = False
        self.tape: Tape | None = None  # of the newest call that was recorded
        agent.on_incoming(self._ring)

    def tone(self, rate: int) -> bytes:
        """One second of the phone's voice: whole periods, so it can be repeated without a click."""
        wave = numpy.sin(2 * numpy.pi * self.tone_hz * numpy.arange(rate) / rate)
        return bytes((wave * LOUDNESS).astype(numpy.int16).tobytes())

    def _ring(self, call: Call) -> None:
        line = Line(self, call)
        self.lines.append(line)
        line.tell("ringing")
        line.behave()


class Rack:
    """Carries out requests."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._phones: dict[str, Softphone] = {}

    async def carry_out(self, request: dict[str, Any]) -> object:
        action, key = request.pop("do"), request.pop("phone")
        if action == "add":
            await self._add(key, **request)
            return None
        return await getattr(self, f"_do_{action}")(self._phones[key], **request)

    async def _add(self, key: str, user: str, domain: str, registrar: str, password: str, tone_hz: int) -> None:
        account = Account(
            user=user, domain=domain, password=password, registrar=registrar or None,
            reg_interval=600 if registrar else 0, audio_codecs=("pcma", "pcmu"),
        )  # fmt: skip
        agent = await UserAgent.create(self._runtime, account, transfer_policy="reject")
        self._phones[key] = Softphone(key, agent, bool(registrar), tone_hz)
        if registrar:
            await agent.register()

    async def _do_behave(self, phone: Softphone, busy: bool, answer_after_s: float | None) -> None:
        phone.busy, phone.answer_after_s = busy, answer_after_s
        for line in list(phone.lines):
            line.behave()

    async def _do_register(self, phone: Softphone) -> None:
        # Else baresip takes its former registration back while it makes the new one, and either may come last.
        await phone.agent.unregister()
        await phone.agent.register()

    async def _do_call(self, phone: Softphone, uri: str, headers: dict[str, str]) -> None:
        told: list[StackEvent] = []
        hear = told.append
        self._runtime.subscribe(hear)
        try:
            call = await phone.agent.dial(uri, headers)
        finally:
            self._runtime.unsubscribe(hear)
        phone.lines.append(Line(phone, call))
        # A loop that is held up finds the other side's answer beside its own INVITE, before the call can listen;
        # and there is no other way to tell it.
        for event in told:
            call._on_stack_event(event)

    async def _do_hang_up(self, phone: Softphone) -> int:
        lines = list(phone.lines)
        for line in lines:
            with contextlib.suppress(BaresipError):
                await line.call.hangup()
        return len(lines)

    async def _do_send_dtmf(self, phone: Softphone, digits: str) -> None:
        if not phone.lines:
            raise BaresipError("no call to send digits on")
        await phone.lines[-1].call.send_dtmf(digits)

    async def _do_heard(self, phone: Softphone) -> float | None:
        return phone.lines[-1].ear.heard() if phone.lines else None

    async def _do_record(self, phone: Softphone) -> None:
        phone.records = True

    async def _do_recording(self, phone: Softphone, file: str) -> float:
        if phone.tape is None:
            raise ValueError("no call of this phone was recorded")
        if any(line.tape is phone.tape for line in phone.lines):
            phone.tape.end()
        return phone.tape.write(file)

    async def _do_remove(self, phone: Softphone) -> None:
        await self._do_hang_up(phone)
        if phone.registers:
            await phone.agent.unregister()
        del self._phones[phone.key]


async def serve() -> None:
    runtime = Runtime()
    # baresip finds loopback only when told to, and takes no other address of it than this one.
    await runtime.start(
        Config(
            net_interface="127.0.0.1", max_concurrent_calls=None, native_log_level="error",
            extra_config_text="audio_jitter_buffer_type off\n",
        )
    )  # fmt: skip
    rack = Rack(runtime)
    requests: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(requests.put_nowait, line)
        loop.call_soon_threadsafe(requests.put_nowait, "")

    async def answer(request: dict[str, Any]) -> None:
        number = request.pop("id")
        try:
            say(reply=number, value=await rack.carry_out(request))
        except (BaresipError, ValueError, KeyError) as error:
            say(reply=number, error=f"{type(error).__name__}: {error}")

    threading.Thread(target=read, daemon=True).start()
    async with asyncio.TaskGroup() as tasks:
        while line := await requests.get():
            tasks.create_task(answer(json.loads(line)))
    await runtime.close()


if __name__ == "__main__":
    asyncio.run(serve())
    os._exit(0)  # the native library aborts now and then when the interpreter takes it down
