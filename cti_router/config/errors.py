"""What is wrong in the configuration, and where."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

_FEW = 8


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A character of a file; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`text` says what is wrong and what to do."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class ConfigurationErrors(Exception):
    """Everything that is wrong: `problems` sorted by place, each once. As text, one line each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Report:
    """Collects problems, so that one does not hide the next."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, place: Place, text: str) -> None:
        self._problems.append(Problem(place, text))

    def close(self) -> None:
        """Raises `ConfigurationErrors` when there was anything."""
        if self._problems:
            raise ConfigurationErrors(self._problems)


def suggestion(word: str, known: Collection[str]) -> str:
    """The end of a sentence about an unknown word: the likely one, else the known ones when they are few."""
    if near := get_close_matches(word, known, n=1):
        return f"; did you mean “{near[0]}”?"
    if known and len(known) <= _FEW:
        return f"; known: {', '.join(sorted(known))}"
    return ""
