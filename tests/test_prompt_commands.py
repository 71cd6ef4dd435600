"""`cti-router prompts`, as somebody types it, and what `check` says of sounds."""

import asyncio
import shutil
from pathlib import Path

import pytest

from cti_router.voice.samples import read_wav, write_wav
from deploy.lab.rootfs import find_asterisk
from tests.desk import typed
from tests.voice.test_samples import tone

pytestmark = pytest.mark.acceptance

EXAMPLE = Path(__file__).parents[1] / "deploy" / "example"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The example with two texts alone, and no whisper."""
    directory = Path(shutil.copytree(EXAMPLE, tmp_path / "configuration", ignore=shutil.ignore_patterns("sounds")))
    _only(directory, welcome="Bonjour.", thanks="Merci.")
    service = (directory / "service.yaml").read_text()
    assert "whisper: true" in service
    (directory / "service.yaml").write_text(service.replace("whisper: true", "whisper: false"))
    return directory


@pytest.fixture(scope="module")
def where() -> tuple[str | Path, ...]:
    """The options that name the lab's synthesiser."""
    root = asyncio.run(find_asterisk(print)).root
    return () if root is None else ("--root", root)


def _only(directory: Path, **texts: str) -> None:
    lines = [f"  {name}: {{fr: '{text}'}}" for name, text in texts.items()]
    (directory / "prompts.yaml").write_text("\n".join(["prompts:", *lines, ""]))


def test_prompts_are_built_listed_and_checked(directory: Path, where: tuple[str | Path, ...]) -> None:
    before = typed("check", "--no-costs", directory).stdout
    assert (
        f"warning: sounds/fr: 2 are missing (cti/welcome, cti/thanks): run “cti-router prompts build {directory}”"
        in before
    )
    built = typed("prompts", "build", directory, *where)
    assert built.exit_code == 0, built.stderr
    assert built.stdout.startswith(f"{directory / 'sounds'}: 2 made, 0 from recordings, 0 as they were, 0 removed (")
    assert "2/2" in built.stderr
    assert "sounds/" not in typed("check", "--no-costs", directory).stdout

    _only(directory, welcome="Bonsoir.")
    write_wav(directory / "recordings" / "fr" / "welcome.wav", tone(1.2))
    assert "1 says what was written before (cti/welcome)" in typed("check", "--no-costs", directory).stdout
    built = typed("prompts", "build", directory, *where, "--language", "fr")
    assert "0 made, 1 from recordings, 0 as they were, 1 removed" in built.stdout
    assert read_wav((directory / "sounds/fr/cti/welcome.wav").read_bytes()) == tone(1.2)
    (line,) = [line for line in typed("prompts", "list", directory).stdout.splitlines() if "cti/welcome" in line]
    assert [cell.strip() for cell in line.strip("│").split("│")] == ["cti/welcome", "fr", "Bonsoir.", "recorded", "1.2"]


def test_what_cannot_be_made_is_told(directory: Path, where: tuple[str | Path, ...]) -> None:
    bad = directory / "recordings" / "fr" / "welcome.wav"
    bad.parent.mkdir(parents=True)
    bad.write_text("no sound")
    result = typed("prompts", "build", directory, *where)
    assert result.exit_code == 1
    assert f"{bad}: sox ended with" in result.stderr
    assert (directory / "sounds/fr/cti/thanks.wav").exists()


def test_without_a_synthesiser_it_says_what_to_install(directory: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = typed("prompts", "build", directory, "--root", empty)
    assert result.exit_code == 1
    assert "apt-get install libttspico-utils" in result.stderr


def test_a_language_that_no_number_speaks_is_refused(directory: Path) -> None:
    for command in ("build", "list"):
        result = typed("prompts", command, directory, "--language", "de")
        assert result.exit_code == 1
        assert result.stderr == "no number speaks de; spoken: fr\n"
