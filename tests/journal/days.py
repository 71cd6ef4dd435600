"""Days to be kept and replayed: a busy one of six sites, one on which everything happens, one of moved callers.

python -m tests.journal.days FOLDER      writes the journal of each
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

from cti_router.core.configuration import Configuration
from cti_router.core.effects import StepOutcome
from cti_router.core.identity import Instant
from cti_router.core.inputs import (
    AnswerUndelivered,
    CallerLeft,
    Configure,
    EndWrapUp,
    Input,
    Last,
    NudgeFailed,
    PbxLost,
    PbxSynced,
    PhoneState,
    Presence,
    SetPresence,
    Stalled,
    TrunkChanged,
)
from cti_router.core.instructions import Collect, Dial, Play, Release
from cti_router.core.order import Close, Force, GiveOrder, Notice, PullTicket, Swap, UndoOrder
from cti_router.core.switchboard import Switchboard
from cti_router.journal.journal import Journal
from cti_router.sim.day import simulate
from tests.core.board import Board
from tests.core.callback_board import CallbackBoard, calling_back
from tests.core.interleavings import CONFIGURATION as INTERLEAVED
from tests.core.interleavings import Interleavings
from tests.core.interleavings_mostly import MovedAbout
from tests.core.keying import Keying
from tests.core.treated import EVERYTHING, treated
from tests.sim.organisation import MONDAY, six_sites
from tests.sim.test_day import crowd

Kept = tuple[Instant, Input, StepOutcome]

SIX_SITES = six_sites()
MOVED_ABOUT = calling_back()
CHANGED = treated(EVERYTHING, six_sites(wrap_up_s=10.0, rona_after=2), motives={})
_BEGINS_AT = MONDAY + 2 * 3600.0  # the duty moves at four
_PROFILES = (None, "employer", "self_employed", "household")


def busy_day(hours: float = 2.0) -> list[Kept]:
    """Calls for nine tenths of the advisors' time, at six sites."""
    kept: list[Kept] = []
    simulate(
        SIX_SITES, crowd(SIX_SITES, 0.9), seed=4, from_at=_BEGINS_AT, for_s=hours * 3600,
        witness=lambda at, input_, outcome: kept.append((at, input_, outcome)),
    )  # fmt: skip
    return kept


def wild_day(seed: int, acts: int) -> list[Kept]:
    """Callers, advisors, phones, PBXs, trunks and administrators do what they like, as the seed says."""
    day = _Wild(seed)
    for _ in range(acts):
        day.act()
    return day.kept


def moved_about_day(seed: int, acts: int) -> list[Kept]:
    """Advisors transfer, consult and hold; on `MOVED_ABOUT`."""
    day = _MovedAbout(seed)
    day.run(acts)
    assert isinstance(day.board, _KeptBoard)
    return day.board.kept


def interleaved_day(seed: int, acts: int) -> list[Kept]:
    """Two sites, where orders are given and contributors called back besides; `INTERLEAVED` is its configuration."""
    driver = _Interleaved(seed)
    driver.run(acts)
    assert isinstance(driver.board, _KeptCallbacks)
    return driver.board.kept


def keyed_day(seed: int, acts: int) -> list[Kept]:
    """Callers key who they are, why they call, and where to call them back; begins on `INTERLEAVED`, too."""
    driver = _Keyed(seed)
    driver.run(acts)
    assert isinstance(driver.board, _KeptCallbacks)
    return driver.board.kept


def keep_day(folder: Path, day: list[Kept], configuration: Configuration = SIX_SITES) -> Switchboard:
    """Write the journal of a day, as the driver does. The switchboard as it was at the end."""
    switchboard = Switchboard(configuration)
    with Journal(folder, 30 * 86400.0, switchboard, day[0][0]) as journal:
        for at, input_, _ in day:
            journal.keep(input_, at, switchboard.step(input_, at))
    assert journal.lost == 0
    return switchboard


class _KeptCallbacks(CallbackBoard):
    def __init__(self) -> None:
        super().__init__(INTERLEAVED)
        self.kept: list[Kept] = []

    def give(self, input_: Input) -> StepOutcome:
        outcome = super().give(input_)
        self.kept.append((self.now, input_, outcome))
        return outcome


class _Interleaved(Interleavings):
    board_type = _KeptCallbacks


class _Keyed(Keying):
    board_type = _KeptCallbacks


class _Wild(Board):
    def __init__(self, seed: int) -> None:
        super().__init__(SIX_SITES)
        self.now = _BEGINS_AT
        self.kept: list[Kept] = []
        self._chance = Random(seed)
        self._arrived = 0
        self._instructions: dict[str, object] = {}
        self._acts = [
            *[self._arrive] * 4, *[self._go_on] * 8, *[self._wait] * 4, *[self._advisor] * 2, *[self._phone] * 2,
            self._hang_up, self._leave, self._link, self._trunk, self._mishap, self._configure,
            self._order,
        ]  # fmt: skip
        self.open(*SIX_SITES.advisors)

    def give(self, input_: Input) -> StepOutcome:
        outcome = super().give(input_)
        self.kept.append((self.now, input_, outcome))
        return outcome

    def act(self) -> None:
        self._chance.choice(self._acts)()

    def _one_call(self) -> Iterator[str]:
        if self.switchboard.calls:
            yield self._chance.choice(sorted(self.switchboard.calls))

    def _asked(self, call: str, last: Last, **changes: object) -> None:
        told = self._instructions[call] = self.ask(call, last, **changes)
        if isinstance(told, Release):
            self.hang_up(call)

    def _arrive(self) -> None:
        if len(self.switchboard.calls) < 60:
            self._arrived += 1
            call, profile = f"w{self._arrived}", self._chance.choice(_PROFILES)
            cli = "" if self._chance.random() < 0.1 else "0261910101"
            site = self._chance.choice(sorted(SIX_SITES.sites))
            self._instructions[call] = self.arrive(call, cli, profile, site=site)

    def _go_on(self) -> None:
        for call in self._one_call():
            told = self._instructions.get(call)
            if not isinstance(told, Dial):
                over = {Play: Last.PLAYED, Collect: Last.KEYED}.get(type(told), Last.WAITED)
                self._asked(call, over, keys=self._chance.choice(("", "1", "9")))
                continue
            last = self._chance.choice([Last.TALKED, Last.TALKED, Last.NO_ANSWER, Last.BUSY, Last.NO_WAY])
            if last is Last.TALKED:
                for state in (PhoneState.RINGING, PhoneState.IN_USE, PhoneState.FREE):
                    self.phone(told.advisor, state)
                    self.wait(self._chance.uniform(0.5, 30.0))
            if call in self.switchboard.calls:
                self._asked(call, last, offer=told.offer, talked_s=20.0 if last is Last.TALKED else 0.0)

    def _wait(self) -> None:
        self.silent = {call for call, told in self._instructions.items() if isinstance(told, Dial | Play | Collect)}
        self.wait(self._chance.choice([0.3, 1.0, 7.0, 31.0]))
        self.silent = set()

    def _advisor(self) -> None:
        advisor = self._chance.choice(sorted(SIX_SITES.advisors))
        if self._chance.random() < 0.2:
            self.give(EndWrapUp(advisor))
        else:
            presence = self._chance.choice([Presence.AVAILABLE] * 3 + [Presence.NOT_READY])
            self.give(SetPresence(advisor, presence, "pause"))  # refused where an order says otherwise

    def _phone(self) -> None:
        state = self._chance.choice([PhoneState.FREE, PhoneState.FREE, PhoneState.IN_USE, PhoneState.UNREACHABLE])
        self.phone(self._chance.choice(sorted(self.switchboard.roster.states)), state)

    def _hang_up(self) -> None:
        for call in self._one_call():
            self.hang_up(call)

    def _leave(self) -> None:
        for call in self._one_call():
            self._waits.pop(call, None)
            self.give(CallerLeft(call, 16))

    def _link(self) -> None:
        site = self._chance.choice(sorted(SIX_SITES.sites))
        self.give(PbxLost(site))
        advisors = [who for who in SIX_SITES.advisors.values() if who.site == site]
        self.give(PbxSynced(site, (), {who.phone: PhoneState.FREE for who in advisors}, {}))

    def _trunk(self) -> None:
        origin, destination = self._chance.sample(sorted(SIX_SITES.sites), 2)
        self.give(TrunkChanged(origin, destination, self._chance.random() < 0.6))

    def _mishap(self) -> None:
        if self._chance.random() < 0.1:
            self.give(Stalled(5.0))
        for call in self._one_call():
            self.give(NudgeFailed(call))
            self.give(AnswerUndelivered(call, self.call(call).seq))

    def _order(self) -> None:
        give, take = self._chance.sample(sorted(SIX_SITES.sites), 2)
        advisor = self._chance.choice(sorted(SIX_SITES.advisors))
        for call in self._one_call():
            self.give(PullTicket(call, advisor, "rappel", "helene"))
        what = self._chance.choice(
            (
                Close("alerte", give),
                Swap(give, take),
                Notice("report", ("cti/report",)),
                Force(advisor, Presence.NOT_READY, "formation"),
            )
        )
        until_at = self.now + self._chance.choice((5.0, 120.0, 600.0))
        self.give(GiveOrder(what, "helene", until_at, self._chance.choice((None, self.now + 30.0))))
        known = self.switchboard.orders.known()
        if known and self._chance.random() < 0.3:
            self.give(UndoOrder(self._chance.choice(known).id, "irene"))

    def _configure(self) -> None:
        if self._chance.random() < 0.2:
            self.give(Configure(self._chance.choice([SIX_SITES, CHANGED])))


class _KeptBoard(CallbackBoard):
    def __init__(self) -> None:
        self.kept: list[Kept] = []
        super().__init__(MOVED_ABOUT)

    def give(self, input_: Input) -> StepOutcome:
        outcome = super().give(input_)
        self.kept.append((self.now, input_, outcome))
        return outcome


class _MovedAbout(MovedAbout):
    board_type = _KeptBoard


if __name__ == "__main__":
    place = Path(sys.argv[1])
    keep_day(place / "busy", busy_day())
    keep_day(place / "wild", wild_day(seed=1, acts=1800))
    keep_day(place / "moved", moved_about_day(seed=1, acts=1800), MOVED_ABOUT)
