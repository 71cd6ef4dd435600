"""The sounds that callers hear, made from the texts of the configuration."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from cti_router.commands.common import Directory, fail, load_or_fail
from cti_router.config import Loaded
from cti_router.voice.build import SoundsNotMade, build
from cti_router.voice.clips import Clip, clips_of
from cti_router.voice.folder import SoundFolder, Standing
from cti_router.voice.programs import Programs
from cti_router.voice.samples import NotTelephone, length_s, read_wav
from cti_router.voice.synthesiser import InstalledVoices

prompts = typer.Typer(no_args_is_help=True, help="Make the sounds that callers hear from the texts, or list them.")

Languages = Annotated[list[str] | None, typer.Option("--language", help="This language alone; may be repeated.")]

_COLOURS = {Standing.MADE: "green", Standing.RECORDED: "cyan", Standing.STALE: "yellow", Standing.MISSING: "red"}


@prompts.command("build")
def build_(
    directory: Directory,
    language: Languages = None,
    root: Annotated[
        Path | None,
        typer.Option(help="The synthesiser of this root filesystem, run with chroot.", exists=True, file_okay=False),
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="How many at a time; one a core when not told.")] = None,
) -> None:
    """Make what is missing or changed in DIRECTORY/sounds; what nobody needs any more is removed."""
    clips = _clips(load_or_fail(directory), language)
    voices = InstalledVoices(Programs() if root is None else Programs.in_root(root))
    began = time.monotonic()
    bar = Progress(
        TextColumn("sounds"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    )
    try:
        with bar:
            task = bar.add_task("sounds", total=None)
            built = build(
                directory, clips, voices, languages=language, jobs=jobs,
                progress=lambda done, count: bar.update(task, completed=done, total=count),
            )  # fmt: skip
    except SoundsNotMade as error:
        fail(*error.problems)
    except OSError as error:
        fail(f"cannot write the sounds: {error}")
    typer.echo(
        f"{directory / 'sounds'}: {built.made} made, {built.recorded} from recordings, {built.kept} as they were, "
        f"{built.removed} removed ({time.monotonic() - began:.1f} s)"
    )


@prompts.command("list")
def list_(
    directory: Directory,
    language: Languages = None,
    values: Annotated[bool, typer.Option("--values", help="Numbers, times, durations and names as well.")] = False,
) -> None:
    """Show each prompt's sounds: what is said, whether it is made, recorded, stale or missing, and how long it is."""
    clips = [clip for clip in _clips(load_or_fail(directory), language) if values or not is_value(clip)]
    Console().print(clips_table(SoundFolder(directory), clips))


def is_value(clip: Clip) -> bool:
    """Is it said in a place that a prompt keeps free, or to an advisor?"""
    return clip.sound.startswith(("cti/say/", "cti/profile/", "cti/motive/"))


def clips_table(folder: SoundFolder, clips: Sequence[Clip]) -> Table:
    table = Table("sound", "language", "text", "state")
    table.add_column("seconds", justify="right")
    made = {language: folder.read_made(language) for language in {clip.language for clip in clips}}
    for clip in clips:
        standing = folder.standing(clip, made[clip.language])
        table.add_row(
            clip.sound, clip.language, Text(clip.text), Text(standing, _COLOURS[standing]), _seconds(folder, clip)
        )
    return table


def _clips(loaded: Loaded, languages: Sequence[str] | None) -> tuple[Clip, ...]:
    clips = clips_of(loaded.configuration, loaded.texts)
    spoken = {clip.language for clip in clips}
    if unknown := set(languages or ()) - spoken:
        fail(f"no number speaks {', '.join(sorted(unknown))}; spoken: {', '.join(sorted(spoken)) or 'nothing'}")
    return tuple(clip for clip in clips if languages is None or clip.language in languages)


def _seconds(folder: SoundFolder, clip: Clip) -> str:
    try:
        return f"{length_s(read_wav(folder.wav(clip).read_bytes())):.1f}"
    except (OSError, NotTelephone):
        return ""
