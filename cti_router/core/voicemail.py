"""Voice messages as the administrators decided: frozen data, part of the configuration."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClosedMessage:
    """What is offered to callers while the service is closed: after these sounds, a voice message of so long."""

    sounds: tuple[str, ...]
    longest_s: float


@dataclass(frozen=True, slots=True)
class VoicemailRules:
    """A voice message is due at the end of the n-th working day after it was left (0: of that day).

    It is deleted `keep_s` after it was done, `keep_at_most_s` after it was left in any case. `longest_s`: how long it
    may be, where nothing else is told.
    """

    due_in_working_days: int = 1
    keep_s: float = 30 * 86_400.0
    keep_at_most_s: float = 90 * 86_400.0
    longest_s: float = 120.0
