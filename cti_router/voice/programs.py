"""Programs that are run for us: this machine's, or those of a root filesystem."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_WHERE = ("usr/local/bin", "usr/bin", "bin")
DEADLINE_S = 30.0


class ProgramFailed(Exception):
    """A program did not do what it was told; the text holds its last words."""


@dataclass(frozen=True, slots=True)
class Programs:
    """`prefix` comes before each command: `("chroot", ROOT)` for those in the root filesystem `root`."""

    root: Path | None = None
    prefix: tuple[str, ...] = ()

    @classmethod
    def in_root(cls, root: Path) -> "Programs":
        return cls(root, ("chroot", str(root)))

    def find(self, name: str) -> Path | None:
        """A program's file, as seen from here; None when it is not installed."""
        if self.root is not None:
            files = [self.root / folder / name for folder in _WHERE]
            return next((file for file in files if file.is_file()), None)
        found = shutil.which(name)
        return Path(found) if found else None

    def run(self, argv: Sequence[str], given: bytes = b"", deadline_s: float = DEADLINE_S) -> bytes:
        """What it writes to its standard output, `given` on its input. No shell. Raises ProgramFailed."""
        try:
            ended = subprocess.run(  # noqa: S603 — no shell, and no word of it is anybody's text but after "--"
                [*self.prefix, *argv], input=given, capture_output=True, timeout=deadline_s, check=False
            )
        except subprocess.TimeoutExpired:
            raise ProgramFailed(f"{argv[0]} did not end within {deadline_s:g} s") from None
        except OSError as error:
            raise ProgramFailed(f"{argv[0]} cannot be started: {error.strerror}") from None
        if ended.returncode != 0:
            last = ended.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise ProgramFailed(f"{argv[0]} ended with {ended.returncode}: {''.join(last)}")
        return ended.stdout

    @contextmanager
    def scratch(self, name: str) -> Iterator[tuple[Path, str]]:
        """A file to be written by a program, gone afterwards: as seen from here, and as the program sees it."""
        inside = PurePosixPath("/tmp") if self.root is not None else PurePosixPath(tempfile.gettempdir())  # noqa: S108
        outside = Path(inside) if self.root is None else self.root / inside.relative_to("/")
        with tempfile.TemporaryDirectory(dir=outside, prefix="cti-voice-") as folder:
            yield Path(folder) / name, str(inside / Path(folder).name / name)
