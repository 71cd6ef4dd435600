"""One simulated day: people on one side, the switchboard on the other, and what the history keeps of it."""

from collections.abc import Callable
from dataclasses import dataclass

from cti_router.core.configuration import Configuration
from cti_router.core.effects import LookUp, Noticed, Nudge, PresenceChanged, Remember, StepOutcome
from cti_router.core.history import CallRecord
from cti_router.core.identity import CallId, Cli, Contributor, Instant
from cti_router.core.inputs import (
    DirectoryReplied,
    Input,
    PbxSynced,
    PhoneState,
    Presence,
    Restore,
    SetPresence,
    StoredPresence,
    Tick,
)
from cti_router.core.instructions import Said
from cti_router.core.switchboard import Switchboard
from cti_router.sim.agenda import Agenda
from cti_router.sim.dialplan import Dialplan
from cti_router.sim.people import Caller, People, callers

NUDGE_S = 0.01
LOOKUP_S = 0.01
"""From an effect to its carrying out: measured on real PBXs and a real database, rounded up."""

STUCK_AFTER_S = 4 * 3600.0
"""Whoever is still on the line this long after the last arrival will never get off it."""

Witness = Callable[[Instant, Input, StepOutcome], None]


@dataclass(frozen=True, slots=True)
class Day:
    """What a simulation left: callers arrived in `[from_at, until_at)`, and everybody was served to his end.

    `records` are the rows of the history in the order in which the calls ended; `noticed` is what the switchboard found
    odd; `stuck` are calls that never ended. The last two should be empty.
    """

    from_at: Instant
    until_at: Instant
    records: tuple[CallRecord, ...]
    noticed: tuple[Noticed, ...]
    stuck: tuple[CallId, ...]
    steps: int


def simulate(
    configuration: Configuration, people: People, *, seed: int, from_at: Instant, for_s: float,
    witness: Witness | None = None, switchboard: Switchboard | None = None,
) -> Day:  # fmt: skip
    """All advisors are available from `from_at` on, and callers arrive for `for_s`. `witness` sees every step.

    `switchboard` is the one to drive, when somebody wants to look into it; it must be new.
    """
    return _Simulation(switchboard or Switchboard(configuration), people, seed, from_at, for_s, witness).run()


class _Simulation:
    def __init__(
        self, switchboard: Switchboard, people: People, seed: int, from_at: Instant, for_s: float,
        witness: Witness | None,
    ) -> None:  # fmt: skip
        self._people = people
        self._from_at, self._until_at = from_at, from_at + for_s
        self._witness = witness
        self._agenda = Agenda(from_at)
        self._switchboard = switchboard
        self._dialplan = Dialplan(self._agenda, self._step)
        self._callers = callers(people, seed)
        self._records: list[CallRecord] = []
        self._noticed: list[Noticed] = []
        self._steps = 0

    def run(self) -> Day:
        self._open()
        self._expect_next()
        while (at := self._agenda.next_at()) is not None and at < self._until_at + STUCK_AFTER_S:
            deadline = self._switchboard.next_deadline()
            if deadline is not None and deadline <= at:
                self._agenda.now = max(self._agenda.now, deadline)
                self._step(Tick())
            elif at >= self._until_at and not self._dialplan.lines:
                break
            else:
                self._agenda.run_next()
        stuck = tuple(self._dialplan.lines)
        return Day(self._from_at, self._until_at, tuple(self._records), tuple(self._noticed), stuck, self._steps)

    def _open(self) -> None:
        """Everybody is at his desk, and each PBX has told what is there: nothing yet."""
        configuration, now = self._switchboard.configuration, self._from_at
        self._step(Restore(tuple(StoredPresence(a, Presence.AVAILABLE, "", now) for a in configuration.advisors)))
        for site in configuration.sites:
            phones = {a.phone: PhoneState.FREE for a in configuration.advisors.values() if a.site == site}
            self._step(PbxSynced(site, (), phones, {}))

    def _expect_next(self) -> None:
        caller = next(self._callers)
        if self._agenda.now + caller.after_s < self._until_at:
            self._agenda.after(caller.after_s, self._arrive, caller)

    def _arrive(self, caller: Caller) -> None:
        self._expect_next()
        self._dialplan.arrive(caller, Cli(caller.id, _number_of(caller)), str(self._people.dnis))

    def _step(self, input_: Input) -> Said:
        outcome = self._switchboard.step(input_, self._agenda.now)
        self._steps += 1
        for effect in outcome.effects:
            match effect:
                case Nudge(call=call):
                    self._agenda.after(NUDGE_S, self._dialplan.nudge, call)
                case LookUp(call=call):
                    self._agenda.after(LOOKUP_S, self._reply, call)
                case Remember(record=record) if record.outcome is not None:
                    self._records.append(record)
                case PresenceChanged(stored=StoredPresence(presence=Presence.NOT_READY, advisor=advisor)):
                    back = SetPresence(advisor, Presence.AVAILABLE)
                    self._agenda.after(self._people.back_after_s, self._ask_for, back)
                case Noticed():
                    self._noticed.append(effect)
        if self._witness is not None:
            self._witness(self._agenda.now, input_, outcome)
        return outcome.answer

    def _ask_for(self, request: SetPresence) -> None:
        self._step(request)

    def _reply(self, call: CallId) -> None:
        line = self._dialplan.lines.get(call)
        if line is None:
            return
        profile = line.caller.profile
        unknown = profile == self._switchboard.configuration.rules.unknown_profile
        found = () if unknown else (Contributor(_number_of(line.caller), profile, profile),)
        self._step(DirectoryReplied(call, found))


def _number_of(caller: Caller) -> int:
    return 33_100_000_000 + int(caller.id.partition(".")[2])
