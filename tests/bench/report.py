"""What a bench found: figures with their meaning, as a table for people and as keys in `var/bench.json`."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

RESULT = Path("var/bench.json")


@dataclass(frozen=True, slots=True)
class Figure:
    key: str
    value: float
    unit: str
    meaning: str


def table(found: Iterable[Figure]) -> Table:
    made = Table()
    made.add_column("figure", no_wrap=True)
    made.add_column("value", justify="right", no_wrap=True)
    made.add_column("unit")
    made.add_column("what it is")
    for figure in found:
        value = f"{figure.value:.2f}" if figure.unit or not float(figure.value).is_integer() else f"{figure.value:.0f}"
        made.add_row(figure.key, value, figure.unit, figure.meaning)
    return made


def write(found: Iterable[Figure]) -> None:
    """Beside what the other benches wrote; what could not be measured (NaN) is left out."""
    RESULT.parent.mkdir(exist_ok=True)
    former = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    former |= {figure.key: round(figure.value, 3) for figure in found if not math.isnan(figure.value)}
    RESULT.write_text(json.dumps(former, indent=2) + "\n")
