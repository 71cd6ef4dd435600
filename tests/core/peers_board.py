"""What the tests named after other systems' complaints have in common."""

from dataclasses import replace

from cti_router.core.advisors.advisor import Activity
from cti_router.core.configuration import (
    Advisor,
    Configuration,
    Number,
    Plan,
    Profile,
    Reach,
    Requirement,
    Skill,
    Step,
)
from cti_router.core.inputs import (
    PbxSynced,
    PhoneState,
    Presence,
    Restore,
    StoredPresence,
)
from tests.core.board import CONFIGURATION, Board

TEN_MINUTES_S = 600.0


def six_numbers() -> Configuration:
    """Six queues: numbers with a plan and a profile each, one skill each. Rose knows all of it."""
    skills = {f"s{n}": Skill(f"s{n}", f"S{n}") for n in range(6)}
    steps = (Step(0.0, Reach.ALL),)
    return replace(
        CONFIGURATION,
        skills=skills,
        advisors={
            "rose": Advisor("rose", "Rose", "rouen", "201", dict.fromkeys(skills, 3)),
            "carl": Advisor("carl", "Carl", "caen", "101", {"s5": 3}),
        },
        profiles={
            "unknown": Profile("unknown", "Inconnu", ()),
            **{f"p{n}": Profile(f"p{n}", f"P{n}", (Requirement(f"s{n}", 1),)) for n in range(6)},
            "urgent": Profile("urgent", "Prioritaire", (Requirement("s0", 1),), bonus_s=60.0),
        },
        plans={f"plan{n}": Plan(f"plan{n}", steps, 15.0, TEN_MINUTES_S, ("sorry",)) for n in range(6)},
        numbers={3326191000 + n: Number(3326191000 + n, f"N{n}", f"plan{n}", (), ("closed",)) for n in range(6)},
    )


def calls_number(board: Board, call: str, number: int, profile: str = "") -> None:
    board.arrive(call, profile=profile or f"p{number}", dnis=str(3326191000 + number))


def holders(board: Board) -> list[str]:
    """The advisors who are rung or talk."""
    states = board.switchboard.roster.states.values()
    return [state.who.id for state in states if state.activity in (Activity.OFFERED, Activity.TALKING)]


def after_a_restart(former: Board, *available: str, reverse: bool = False, away_s: float = 1.0) -> Board:
    """Another router on the same channels: what it finds is what the PBXs list, in whatever order."""
    board = Board(former.switchboard.configuration)
    board.now = former.now + away_s
    board.give(
        Restore(
            tuple(StoredPresence(advisor, Presence.AVAILABLE, "", former.now) for advisor in available),
            tuple(former.history().values()),
        )
    )
    seen = [former.seen(call, "wait") for call in former.switchboard.calls]
    board.give(PbxSynced("caen", tuple(reversed(seen) if reverse else seen), {"101": PhoneState.FREE}, {}))
    board.give(PbxSynced("rouen", (), {"201": PhoneState.FREE, "202": PhoneState.FREE}, {}))
    return board


def nudged_one_after_the_other(board: Board, *advisors: str) -> list[str]:
    """Who is called for as these become free."""
    order = board.nudged()
    for advisor in advisors:
        board.present(advisor)
        order += board.nudged()
    return order
