"""The lab's PBXs play a configuration's sounds, in the caller's language; what was said once is kept."""

import math
import re
from array import array
from pathlib import Path

import pytest

from cti_router.voice.build import build
from cti_router.voice.clips import Clip
from cti_router.voice.folder import SoundFolder
from cti_router.voice.samples import RATE, read_wav, write_wav
from deploy.lab.lab import Lab
from deploy.lab.phone import What
from deploy.lab.rootfs import find_asterisk
from deploy.lab.sounds import KeptVoices, voices_of

pytestmark = pytest.mark.acceptance

_DIALPLAN = """
[cti-inbound]
exten => _[a-z].,1,Answer()
 same => n,Set(CHANNEL(language)=${EXTEN:0:2})
 same => n,Playback(${EXTEN:2})
 same => n,Hangup()
"""


def _tone(hz: int) -> "array[int]":
    return array("h", [round(9000 * math.sin(2 * math.pi * hz * place / RATE)) for place in range(4 * RATE)])


async def test_a_clip_is_heard_in_the_language_of_the_call(tmp_path: Path) -> None:
    sounds = tmp_path / "sounds"
    write_wav(sounds / "fr" / "cti" / "welcome.wav", _tone(600))
    write_wav(sounds / "en" / "cti" / "welcome.wav", _tone(900))
    (tmp_path / "cti_extensions.conf").write_text(_DIALPLAN)
    async with Lab({"caen": ()}) as lab:
        caen = await lab.start_pbx("caen", rendered=tmp_path, sounds=sounds)
        for language, hz in (("fr", 600), ("en", 900)):
            caller = await lab.caller("0199001234")
            await caller.call(f"sip:{language}cti/welcome@{caen.sip}")
            await caller.wait_for(What.ANSWERED)
            assert await caller.hears(hz), language
            await caller.hang_up()
        caller = await lab.caller("0199001235")
        await caller.call(f"sip:frdigits/1@{caen.sip}")  # what Asterisk ships is still there
        await caller.wait_for(What.ENDED)
        played = re.findall(r"Playing '(\S+)\.\w+' \(language '(\w+)'\)", (caen.home / "log" / "messages").read_text())
        assert played == [("cti/welcome", "fr"), ("cti/welcome", "en"), ("digits/1", "fr")]


async def test_what_was_said_once_is_not_said_again(tmp_path: Path) -> None:
    clips = [Clip("cti/yes", "fr", "Oui, bonjour.", "fr"), Clip("cti/no", "fr", "Non, au revoir.", "fr")]
    installation = await find_asterisk(print)
    for directory, said in (("first", 2), ("second", 0)):
        kept = KeptVoices(voices_of(installation), tmp_path / "kept")
        assert build(tmp_path / directory, clips, kept).made == 2
        assert kept.said == said
    one, other = (SoundFolder(tmp_path / directory).wav(clips[0]).read_bytes() for directory in ("first", "second"))
    assert one == other
    changed = [Clip("cti/yes", "fr", "Oui, bonsoir.", "fr"), clips[1]]
    assert build(tmp_path / "second", changed, kept).made == 1
    assert kept.said == 1
    assert len(read_wav(other)) > RATE / 2
