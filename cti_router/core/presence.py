"""What an advisor can choose to be."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

ReasonId: TypeAlias = str

REASON_ABSENT = "absent"
REASON_RONA = "rona"
"""The reason of an absence nobody chose: a call rang and was not answered."""

ALWAYS_KNOWN = {REASON_ABSENT: "Absent", REASON_RONA: "Appel manqué"}
"""The reasons that need no administrator, as people read them."""

LONGEST_ABSENCE_S = 12 * 3600.0
"""Longer than a shift: who says so has mistaken himself."""


class Presence(StrEnum):
    LOGGED_OUT = "logged_out"
    AVAILABLE = "available"
    NOT_READY = "not_ready"


@dataclass(frozen=True, slots=True)
class AbsenceReason:
    """Why an advisor is absent. `lasts_s`: how long, unless he says so himself; None: until he is back."""

    id: ReasonId
    name: str
    lasts_s: float | None = None
