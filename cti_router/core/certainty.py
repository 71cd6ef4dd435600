"""How surely a caller is known: by the directory, and by his carrier."""

from enum import StrEnum


class Recognition(StrEnum):
    """How surely the calling number, or what the caller keyed, names a contributor. No level is a proof."""

    RECOGNISED = "recognised"
    KEYED = "keyed"  # he keyed what names one
    SEVERAL = "several"
    UNKNOWN = "unknown"
    MASKED = "masked"


class Verified(StrEnum):
    """Whether the carrier vouches that the calling number is the caller's own (STIR/SHAKEN)."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # it said nothing that we would believe
