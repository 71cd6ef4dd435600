"""The real synthesisers, with whatever an administrator may write."""

import time
from pathlib import Path

import pytest

from cti_router.voice.programs import ProgramFailed, Programs
from cti_router.voice.samples import length_s, longest_silence_s
from cti_router.voice.synthesiser import InstalledVoice, InstalledVoices, NoVoice, Unspeakable, sayable
from tests.voice.test_samples import loudness

pytestmark = pytest.mark.acceptance

HOSTILE = (
    'Il a dit « bonjour » et "bonsoir" à l\'accueil d’à côté',
    "Cela coûte $HOME ou `touch /tmp/cti-hacked` ou $(touch /tmp/cti-hacked)",
    "-w /tmp/cti-hacked.wav",
    "--help",
    "Merci 🙂👍🏽 de patienter",
    "<pitch level='300'>aigu</pitch> & <break/> fin",
    "une ligne\nune autre\tet\u0000une dernière\u202e",
    "Œuvre, cœur… et – enfin – voilà !",
)


@pytest.fixture(params=[("pico2wave", "fr-FR"), ("espeak-ng", "fr")], ids=["pico2wave", "espeak-ng"])
def voice(request: pytest.FixtureRequest, programs: Programs) -> InstalledVoice:
    program, language = request.param
    if programs.root is None and programs.find(program) is None:
        program, language = "espeak-ng", "fr"  # on a machine with an Asterisk of its own, setup.sh asks for one of them
    return InstalledVoice(programs, program, language)


def test_what_it_says_is_cut_close_and_as_loud_as_the_rest(voice: InstalledVoice) -> None:
    said = voice.say("Bonjour, vous êtes bien à l’accueil téléphonique.")
    assert 1.5 < length_s(said) < 5
    assert longest_silence_s(said[:1600]) < 0.1
    assert longest_silence_s(said[-1600:]) < 0.15
    assert loudness(said) == pytest.approx(-21.5, abs=3)
    assert voice.say("Bonjour, vous êtes bien à l’accueil téléphonique.") == said


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_written_is_said_and_nothing_else_happens(voice: InstalledVoice, text: str) -> None:
    assert length_s(voice.say(text)) > 0.3
    for root in {Path("/"), voice.programs.root or Path("/")}:
        assert not list((root / "tmp").glob("cti-hacked*"))


def test_two_thousand_characters_are_said_to_the_end(voice: InstalledVoice) -> None:
    once, often = "bonjour monsieur, ", "bonjour monsieur, " * 112
    assert len(often) > 2000
    assert length_s(voice.say(often)) > 60 * length_s(voice.say(once))


@pytest.mark.parametrize("text", ["", "   ", "🙂", "…", "?!", "<>"])
def test_where_nothing_is_to_be_said_it_is_told(voice: InstalledVoice, text: str) -> None:
    with pytest.raises(Unspeakable, match="nothing to say"):
        voice.say(text)


def test_a_quick_sentence_says_another_thing_in_another_language(voices: InstalledVoices) -> None:
    assert voices.of("fr").identity != voices.of("en").identity
    assert voices.of("fr_CA").identity == voices.of("fr").identity
    assert voices.of("fr").say("nation") != voices.of("en").say("nation")


def test_a_language_that_the_better_one_does_not_know(voices: InstalledVoices) -> None:
    assert voices.of("pl").identity.startswith("espeak-ng pl ")
    assert length_s(voices.of("pl").say("Dzień dobry")) > 0.3


def test_without_a_synthesiser_it_says_what_to_install(tmp_path: Path) -> None:
    bare = InstalledVoices(Programs.in_root(tmp_path))
    with pytest.raises(NoVoice, match="apt-get install sox"):
        bare.converted(b"")
    with pytest.raises(NoVoice, match=r"libttspico-utils .* or espeak-ng"):
        bare.of("fr")
    with pytest.raises(NoVoice, match="speaks “pl” is installed: apt-get install espeak-ng"):
        bare.of("pl")
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "usr" / "bin" / "espeak-ng").touch()
    with pytest.raises(NoVoice, match="apt-get install sox"):
        bare.of("fr")


def test_what_is_no_sound_is_told(voices: InstalledVoices) -> None:
    with pytest.raises(Unspeakable, match="sox"):
        voices.converted(b"I am no sound")


def test_a_program_that_hangs_is_ended() -> None:
    began = time.monotonic()
    with pytest.raises(ProgramFailed, match=r"sleep did not end within 0\.2 s"):
        Programs().run(["sleep", "30"], deadline_s=0.2)
    assert time.monotonic() - began < 5


def test_a_program_that_fails_or_is_not_there_is_told() -> None:
    with pytest.raises(ProgramFailed, match=r"ls ended with 2: .*nowhere"):
        Programs().run(["ls", "/nowhere"])
    with pytest.raises(ProgramFailed, match="no-such-program cannot be started"):
        Programs().run(["no-such-program"])


def test_what_a_program_wrote_is_gone_afterwards(programs: Programs) -> None:
    with programs.scratch("said.wav") as (file, inside):
        programs.run(["cp", "/etc/hostname", inside])
        assert file.exists()
    assert not file.parent.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cœur", "coeur"),
        ("un — deux… trois", "un , deux, trois"),
        ("n° 5", "n° 5"),
        ("a\u0000b\nc", "a b c"),
        ("<b>gras</b>", "b gras /b"),
    ],
)
def test_what_the_synthesiser_is_given(text: str, said: str) -> None:
    assert sayable(text) == said
