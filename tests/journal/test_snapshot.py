"""A switchboard read back from its snapshot cannot be told from the one that went on, whatever comes."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule
from sortedcontainers import SortedDict, SortedKeyList, SortedList, SortedSet

from cti_router.core.advisors.advisor import AdvisorState
from cti_router.core.callback import CallbacksRead
from cti_router.core.configuration import Configuration, Reach
from cti_router.core.duty.calendar import duty_at
from cti_router.core.effects import StepOutcome
from cti_router.core.heard import Treatment
from cti_router.core.inputs import Configure, Input, PhoneState
from cti_router.core.instructions import Collect
from cti_router.core.ledger.ledger import Reason, Why
from cti_router.core.switchboard import Switchboard
from cti_router.core.turn import Turn
from cti_router.journal.core_names import NotKept
from cti_router.journal.restoring import SnapshotDiffers, restored
from cti_router.journal.snapshot import snapshot
from tests.core.board import CONFIGURATION, Board, with_capacity
from tests.core.callback_board import calling_back
from tests.core.keying import OFFER
from tests.core.test_invariants import Switchboards
from tests.core.treated import treated


def read_back(switchboard: Switchboard) -> Switchboard:
    """Through JSON, with a configuration that was read as well: nothing is shared with the one that goes on."""
    plain = json.loads(json.dumps(snapshot(switchboard)))
    configuration = switchboard.configuration
    advisors = {id_: replace(who) for id_, who in configuration.advisors.items()}
    return restored(plain, replace(configuration, advisors=advisors, calendar=replace(configuration.calendar)))


class TwinBoard(Board):
    """Every input goes to the switchboard and to each that was read back, and they must agree."""

    def __init__(self, configuration: Configuration = CONFIGURATION, now: str = "2026-11-23 09:00") -> None:
        super().__init__(configuration, now)
        self.twins: list[Switchboard] = []

    def give(self, input_: Input) -> StepOutcome:
        outcome = super().give(input_)
        for twin in self.twins:
            assert twin.step(input_, self.now) == outcome
            assert twin.next_deadline() == self.switchboard.next_deadline()
        return outcome

    def read_back(self) -> None:
        self.twins = [*self.twins[-1:], read_back(self.switchboard)]


class Twins(Switchboards):
    """All that may happen, with snapshots in between."""

    board_type = TwinBoard
    board: TwinBoard

    @rule()
    def the_state_is_kept_and_read_back(self) -> None:
        self.board.read_back()

    @rule(configuration=st.sampled_from([CONFIGURATION, with_capacity(1)]))
    def the_administrators_decide_anew(self, configuration: Configuration) -> None:
        self.board.give(Configure(configuration))
        self.board.read_back()


TestTwins = Twins.TestCase
TestTwins.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_the_one_that_was_read_back_goes_its_own_way() -> None:
    board = Board().open("rose", "remi", "carl")
    board.arrive("c1")
    twin = read_back(board.switchboard)
    board.hang_up("c1")
    assert not board.switchboard.calls
    assert list(twin.calls) == ["c1"]
    assert twin.roster.states["rose"].offer is not None


@pytest.mark.parametrize("keyed", [[], ["1"], ["1", "2"], ["1", "2", "0639980123"], ["1", "1"]])
def test_a_question_goes_on_where_it_was_read_back(keyed: list[str]) -> None:
    board = TwinBoard(treated(Treatment("t", callback=OFFER), calling_back()))
    board.open()
    board.give(CallbacksRead(()))
    board.arrive("c1")
    board.ask("c1")
    board.wait(8)
    assert isinstance(board.told_last("c1"), Collect)
    for keys in keyed:
        board.keys("c1", keys)
    board.read_back()
    for keys in ("1", "2", "0639980123", "1"):
        board.keys("c1", keys)


def test_what_is_shared_is_shared_again() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    twin = read_back(board.switchboard)
    states = twin.roster.states
    assert states["rose"].who is twin.configuration.advisors["rose"]
    assert twin.roster.phone_changed("rouen", "201", PhoneState.FREE, Turn(board.now)) is states["rose"]


# ── what an owner may hold ───────────────────────────────────────────────────────────────────────────────────────


def held(thing: Any) -> Any:
    """What a switchboard held, as the one that was read back holds it."""
    switchboard = Switchboard(CONFIGURATION)
    switchboard.held = thing  # type: ignore[attr-defined]
    return read_back(switchboard).held  # type: ignore[attr-defined]


THINGS: tuple[Any, ...] = (
    None, True, 1, -(1 << 10_000), 1.5, 1e-300, float("inf"), "é", (1, "a"), [1, [2]], {"a": 1, ("b", 2): [3]},
    {1, 2}, frozenset("a"),
    deque((1, 2), 5), SortedList((2, 1)), SortedSet((2, 1)), SortedDict({"b": 1, "a": 2}), Reach.ALL, Reason(Why.TOLD),
    date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5, 6, UTC), time(7, 8), ZoneInfo("Europe/Paris"), duty_at, Reach,
)  # fmt: skip


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: repr(thing).partition(" at 0x")[0])
def test_what_an_owner_may_hold(thing: Any) -> None:
    found = held(thing)
    assert found == thing
    assert repr(found) == repr(thing)


def test_an_order_by_a_function_of_the_core() -> None:
    found = held(SortedKeyList(("duty", "all"), key=Reach))
    assert list(found) == ["all", "duty"]
    assert found.key is Reach


def test_a_view_shows_what_its_owner_changes() -> None:
    owned = {"a": 1}
    mapping, view = held((owned, MappingProxyType(owned)))
    mapping["b"] = 2
    assert view == {"a": 1, "b": 2}
    assert isinstance(view, MappingProxyType)


def test_a_method_belongs_to_the_owner_that_was_read_back() -> None:
    switchboard = Switchboard(CONFIGURATION)
    switchboard.held = switchboard.roster.set_presence  # type: ignore[attr-defined]
    twin = read_back(switchboard)
    assert twin.held.__self__ is twin.roster  # type: ignore[attr-defined]


def test_owners_may_know_each_other() -> None:
    one: list[Any] = []
    other = {"one": one}
    one.append(other)
    found = held(one)
    assert found[0]["one"] is found


class Stranger:
    """Not the core's."""


class Rows(dict[str, int]):
    """Not a plain container."""


UNKEPT: dict[str, tuple[Any, str]] = {
    "a lambda": ({"a": [lambda: 1]}, r"Switchboard\.held\['a'\].*lambda.*no class or function at the top"),
    "an object of another package": (Stranger(), r"Switchboard\.held.*Stranger.*cannot be kept in a snapshot"),
    "a container of one's own": (Rows(), "cannot be kept"),
    "an iterator": (iter([1]), "cannot be kept"),
    "a function of another package": (held, "no class or function"),
    "a method of a class": (AdvisorState.ready, "no class or function"),
}


@pytest.mark.parametrize("what", UNKEPT)
def test_what_an_owner_may_not_hold_is_said_with_its_place(what: str) -> None:
    thing, said = UNKEPT[what]
    with pytest.raises(NotKept, match=said):
        held(thing)


# ── a snapshot is read with care ─────────────────────────────────────────────────────────────────────────────────

ROSTER = "advisors.roster.Roster"
Change = Callable[[list[Any]], Any]


def node(nodes: list[Any], name: str) -> Any:
    return next(node for node in nodes if node[:2] == ["object", name])


DIFFERENT: dict[str, tuple[Change, str]] = {
    "a field less": (lambda nodes: node(nodes, "deadlines.Deadlines")[2].pop("_heap"), "Deadlines lacks _heap"),
    "a field more": (lambda nodes: node(nodes, "deadlines.Deadlines")[2].update(x=1), "no attribute 'x'"),
    "a class that is gone": (lambda nodes: node(nodes, ROSTER).__setitem__(1, "advisors.roster.Crew"), "Crew"),
    "a class of another package": (lambda nodes: node(nodes, ROSTER).__setitem__(1, "os.system"), "os"),
    "what the core imports": (lambda nodes: node(nodes, ROSTER).__setitem__(1, "tickets.ticket.re"), "core's own"),
    "a way out": (lambda nodes: node(nodes, ROSTER).__setitem__(1, "..live.Clock"), "is no name in the core"),
    "a node that is not there": (lambda nodes: node(nodes, ROSTER)[2].update(states=[9999]), "range"),
    "another root": (lambda nodes: nodes.__setitem__(0, ["list"]), "of a list, not of a switchboard"),
    "nothing": (lambda nodes: nodes.clear(), "does not fit"),
}  # fmt: skip


@pytest.mark.parametrize("what", DIFFERENT)
def test_a_snapshot_of_another_version_is_refused_with_the_reason(what: str) -> None:
    change, said = DIFFERENT[what]
    nodes = snapshot(Board().open("rose").switchboard)
    change(nodes)
    with pytest.raises(SnapshotDiffers, match=said):
        restored(nodes, CONFIGURATION)
