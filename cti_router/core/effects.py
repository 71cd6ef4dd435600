"""What the switchboard wants done besides its answer. Frozen data, in the imperative."""

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from cti_router.core.aside import Fetch, HangUp, NudgeLeg, Part
from cti_router.core.callback import RingAdvisor, StoreCallback
from cti_router.core.configuration import AdvisorId, SiteId
from cti_router.core.history import CallRecord
from cti_router.core.identity import CallId, Instant, OfferId
from cti_router.core.inputs import StoredPresence
from cti_router.core.instructions import Said
from cti_router.core.ledger.decision import Decision
from cti_router.core.order import RememberOrder, TellFallback


class Nudge(NamedTuple):
    """Bring this waiting caller to the ask extension: there is news for him."""

    call: CallId
    site: SiteId
    channel: str


class Pop(NamedTuple):
    """Show this advisor who is about to ring: his offer was just made, and nobody was nudged or dialled for it yet."""

    call: CallId
    offer: OfferId
    advisor: AdvisorId


@dataclass(frozen=True, slots=True)
class ProbeTrunk:
    """Let the PBX of `site` find out whether it reaches that of `peer`, and tell by `TrunkChanged`."""

    site: SiteId
    peer: SiteId


@dataclass(frozen=True, slots=True)
class LookUp:
    """Find who has this calling number, and who served him last: then or after `since_at` (None: it does not count)."""

    call: CallId
    e164: int
    since_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class LookUpKeyed:
    """As `LookUp`, by what the caller keyed: his `siret` or his `account`, the other is "". Never to be logged."""

    call: CallId
    siret: str = field(default="", repr=False)
    account: str = field(default="", repr=False)
    since_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """To be written through before the person is told."""

    stored: StoredPresence


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep this row of the history: opened at the first ask, written whole at the end."""

    record: CallRecord


class Decided(NamedTuple):
    """One line of the ledger."""

    call: CallId
    decision: Decision


@dataclass(frozen=True, slots=True)
class NotPlayed:
    """The PBX of `site` could not play these sounds to a caller, or to his advisor: they are missing or broken."""

    call: CallId
    site: SiteId
    sounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something that should not have happened, repaired or waiting for the next resynchronisation."""

    what: str
    about: str


Effect: TypeAlias = (
    Nudge | Pop | Fetch | Part | NudgeLeg | HangUp | ProbeTrunk | LookUp | LookUpKeyed | PresenceChanged | Remember
    | Decided | Noticed | NotPlayed | RememberOrder | TellFallback | StoreCallback | RingAdvisor
)  # fmt: skip


class StepOutcome(NamedTuple):
    """What one step gave."""

    answer: Said
    effects: tuple[Effect, ...]
