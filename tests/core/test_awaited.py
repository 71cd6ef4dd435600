"""The advisor in charge of the file and the last advisor: preferred while free, waited for when the plan says so."""

from dataclasses import replace
from typing import Any

import pytest

from cti_router.core.configuration import Configuration, Reach, Step, Tie
from cti_router.core.effects import LookUp
from cti_router.core.explaining.explain import explain
from cti_router.core.explaining.explain_in_french import explanation_in_french
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import (
    Configure,
    Last,
    PbxLost,
    PbxSynced,
    PhoneState,
    Presence,
    Restore,
    StoredPresence,
    TrunkChanged,
)
from cti_router.core.instructions import Dial, Instruction, Wait
from cti_router.core.tickets.estimate import Silence
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board, at


def planned(**changes: Any) -> Configuration:
    plan = CONFIGURATION.plans["standard"]
    return replace(CONFIGURATION, plans={plan.id: replace(plan, **changes)})


WAITS = planned(wait_for_preferred_s=45.0)
WAITS_ANYWHERE = planned(wait_for_preferred_s=45.0, steps=(Step(0.0, Reach.ALL),))


def arrives(board: Board, call: str = "c1", **ties: str) -> Instruction:
    """An employer who is tied to these advisors; what he is told when he asks next."""
    board.arrive(call, ties=(ties.get("in_charge"), ties.get("last_advisor")))
    return board.ask(call)


def rung(told: Instruction) -> str | None:
    return told.advisor if isinstance(told, Dial) else None


def talking(configuration: Configuration = WAITS, free: tuple[str, ...] = ("rose",), **more: Any) -> Board:
    """Remi talks with c0, these are free."""
    board = Board(configuration, **more).open("remi")
    board.arrive("c0")
    board.talk("c0", "remi")
    for advisor in free:
        board.present(advisor)
    board.nudged()
    return board


def passed(board: Board) -> tuple[int, int]:
    matching = board.switchboard.matching
    return matching.inversions, matching.passed_awaiting


# ── preferred while free: a tie-break ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("prefer", "ties", "chosen"),
    [
        ((Tie.IN_CHARGE, Tie.LAST_ADVISOR), {"last_advisor": "remi"}, "remi"),
        ((Tie.IN_CHARGE, Tie.LAST_ADVISOR), {"in_charge": "remi", "last_advisor": "rose"}, "remi"),
        ((Tie.LAST_ADVISOR, Tie.IN_CHARGE), {"in_charge": "rose", "last_advisor": "remi"}, "remi"),
        ((Tie.IN_CHARGE,), {"last_advisor": "remi"}, "rose"),
        ((), {"in_charge": "remi", "last_advisor": "remi"}, "rose"),
    ],
)
def test_a_plan_says_who_goes_before_a_more_competent_one(
    prefer: tuple[Tie, ...], ties: dict[str, str], chosen: str
) -> None:
    board = Board(planned(prefer=prefer)).open("rose", "remi")
    assert rung(arrives(board, **ties)) == chosen


def test_the_more_competent_one_who_was_passed_over_is_told_why() -> None:
    board = Board().open("rose", "remi")
    arrives(board, last_advisor="remi")
    offered = board.call("c1").record(board.now).decisions[-1]
    assert offered.because[0].startswith("Remi : étape 1, qui lui a répondu la dernière fois, Employeurs 3")
    assert offered.rejected == ("Rose : Remi, qui lui a répondu la dernière fois, passe avant",)


def test_without_a_wait_in_the_plan_nobody_is_waited_for() -> None:
    board = talking(CONFIGURATION)
    assert rung(arrives(board, in_charge="remi")) == "rose"


@pytest.mark.parametrize(("days", "since_s"), [(30, 30 * 86_400.0), (0, None)])
def test_the_directory_is_asked_who_served_him_in_the_last_days_only_where_that_counts(
    days: int, since_s: float | None
) -> None:
    board = Board(replace(CONFIGURATION, rules=replace(CONFIGURATION.rules, last_advisor_days=days)))
    board.open("rose").ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    (asked,) = [effect for effect in board.effects if isinstance(effect, LookUp)]
    assert asked.since_at == (None if since_s is None else board.now - since_s)


# ── waited for ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_while_the_one_in_charge_talks_his_caller_is_offered_to_nobody_else_and_then_to_him() -> None:
    board = talking()
    assert isinstance(arrives(board, in_charge="remi"), Wait)
    board.wait(5)
    assert board.nudged() == []
    board.end_talk("c0", "remi", 10)
    board.wait(30)  # his wrap-up
    assert board.nudged() == ["c1"]
    assert rung(board.ask("c1")) == "remi"
    assert passed(board) == (0, 0)


def test_he_is_waited_for_so_long_and_no_longer() -> None:
    board = talking()
    arrives(board, in_charge="remi")
    board.wait(44.9)
    assert board.nudged() == []
    board.wait(0.1)
    assert board.nudged() == ["c1"]
    assert rung(board.ask("c1")) == "rose"


def test_the_ledger_says_on_whom_he_waits_until_when_and_why_no_more() -> None:
    board = talking(now="2026-11-23 09:00")
    arrives(board, in_charge="remi")
    board.wait(45)
    awaits, no_more, offered = board.call("c1").record(board.now).decisions
    assert (awaits.what, awaits.because) == (
        "awaits", ("on attend Remi, chargé du dossier, jusqu’à 09:00:45 au plus",),
    )  # fmt: skip
    assert (no_more.what, no_more.because) == (
        "awaits_no_more", ("on n’attend plus Remi, chargé du dossier : le temps d’attente prévu est écoulé",),
    )  # fmt: skip
    assert offered.rejected[0] == "Remi, chargé du dossier : en communication"
    assert "aucun téléconseiller compétent n’est libre : attente" not in board.call("c1").record(board.now).because


def test_the_last_advisor_is_waited_for_when_the_one_in_charge_is_not_there() -> None:
    board = talking()
    assert isinstance(arrives(board, in_charge="carl", last_advisor="remi"), Wait)
    assert board.call("c1").ticket.awaits == "remi"


def test_the_one_in_charge_is_waited_for_though_the_last_advisor_is_free() -> None:
    board = talking()
    assert isinstance(arrives(board, in_charge="remi", last_advisor="rose"), Wait)


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (lambda board: board.present("remi", Presence.NOT_READY), "absent"),
        (lambda board: board.present("remi", Presence.LOGGED_OUT), "pas connecté"),
        (lambda board: board.phone("remi", PhoneState.UNREACHABLE), "en communication"),
        (lambda board: board.give(PbxLost("rouen")), "en communication"),
    ],
    ids=["absent", "logged out", "unreachable", "his PBX is away"],
)
def test_whoever_will_not_be_free_is_not_waited_for_and_no_longer_when_that_happens_meanwhile(
    before: Any, why: str
) -> None:
    board = talking(WAITS_ANYWHERE, free=("carl",))
    before(board)
    assert rung(arrives(board, in_charge="remi")) == "carl"
    board = talking(WAITS_ANYWHERE, free=("carl",))
    assert isinstance(arrives(board, in_charge="remi"), Wait)
    before(board)
    assert board.nudged() == ["c1"]
    assert rung(board.ask("c1")) == "carl"
    no_more = board.call("c1").record(board.now).decisions[1]
    assert no_more.because == (f"on n’attend plus Remi, chargé du dossier : {why}",)


def test_who_talks_outside_is_not_waited_for() -> None:
    board = Board(WAITS).open("rose", "remi")
    board.wait(10)
    board.phone("remi", PhoneState.IN_USE)
    assert rung(arrives(board, in_charge="remi")) == "rose"


def test_who_takes_up_his_phone_for_something_else_after_his_wrap_up_is_no_longer_waited_for() -> None:
    board = talking()
    arrives(board, in_charge="remi")
    board.end_talk("c0", "remi", 5)
    board.phone("remi", PhoneState.IN_USE)
    board.wait(29)
    assert board.nudged() == []
    board.wait(1)  # his wrap-up is over, and he is on the phone
    board.wait(10)  # the caller asks once more
    assert rung(board.ask("c1")) == "rose"


def test_a_phone_that_shows_in_use_a_moment_after_its_talk_does_not_end_the_wait() -> None:
    board = talking(replace(WAITS, rules=replace(WAITS.rules, wrap_up_s=0.0)))
    arrives(board, in_charge="remi")
    offer = board.call("c0").ticket.offer or ""
    board.ask("c0", Last.TALKED, offer=offer, talked_s=5.0)
    assert board.nudged() == []
    board.wait(0.5)
    board.phone("remi", PhoneState.FREE)
    assert board.nudged() == ["c1"]
    assert rung(board.ask("c1")) == "remi"


def test_who_lets_it_ring_is_not_waited_for_again() -> None:
    board = Board(WAITS).open("rose", "remi")
    told = arrives(board, in_charge="remi")
    assert rung(told) == "remi"
    board.phone("remi", PhoneState.RINGING)
    board.wait(15)
    assert rung(board.ask("c1", Last.NO_ANSWER, offer="c1-1-1")) == "rose"


@pytest.mark.parametrize("in_charge", ["carl", "nobody"])
def test_who_is_not_eligible_is_not_waited_for(in_charge: str) -> None:
    """Carl's site is opened after 20 s only; the other is no advisor any more."""
    board = talking()
    assert rung(arrives(board, in_charge=in_charge)) == "rose"


def test_from_the_step_on_that_opens_him_he_is_waited_for() -> None:
    board = Board(WAITS).open("carl")
    board.arrive("c0")
    board.wait(20)
    board.talk("c0", "carl")
    board.nudged()
    assert isinstance(arrives(board, in_charge="carl"), Wait)
    assert board.call("c1").ticket.awaits is None
    board.wait(20)
    assert board.call("c1").ticket.awaits == "carl"
    board.present("rose")
    assert board.nudged() == []
    board.wait(25)
    assert board.nudged() == ["c1"]


def test_who_is_free_but_out_of_reach_is_not_waited_for() -> None:
    board = talking(WAITS_ANYWHERE, free=("carl",))
    arrives(board, in_charge="remi")
    board.give(TrunkChanged("caen", "rouen", reachable=False))
    assert board.nudged() == []  # he talks: the line may be back before that is over
    board.end_talk("c0", "remi", 5)
    board.wait(29.9)
    assert isinstance(board.ask("c1"), Wait)
    board.wait(0.1)
    assert board.nudged() == ["c1"]
    assert rung(board.ask("c1")) == "carl"
    said = [decision.because for decision in board.call("c1").record(board.now).decisions]
    assert ("on n’attend plus Remi, chargé du dossier : aucun chemin vers son poste",) in said


def test_the_awaited_one_takes_the_older_of_two_even_when_the_younger_awaits_him() -> None:
    board = talking(free=())
    board.arrive("old")
    board.ask("old")
    board.wait(2)
    arrives(board, "young", in_charge="remi")
    board.end_talk("c0", "remi", 5)
    board.wait(30)
    assert board.nudged() == ["old"]
    assert passed(board) == (0, 0)


def test_a_younger_caller_who_overtakes_one_who_awaits_another_is_counted_apart() -> None:
    board = talking()
    arrives(board, "old", in_charge="remi")
    board.wait(2)
    assert rung(arrives(board, "young")) == "rose"
    assert passed(board) == (0, 1)


def test_two_who_await_the_same_one_are_served_in_their_order() -> None:
    board = talking()
    for call in ("c1", "c2"):
        arrives(board, call, in_charge="remi")
        board.wait(1)
    board.end_talk("c0", "remi", 5)
    board.wait(30)
    assert board.nudged() == ["c1"]


def test_a_consultation_awaits_nobody_in_particular() -> None:
    board = Board(WAITS).open("remi", "rose")
    board.arrive("c1", ties=("remi", None))
    board.talk("c1", "remi")
    board.consult("c1", "remi", "rose")


def test_a_reload_that_waits_no_more_lets_go_of_who_waits() -> None:
    board = talking()
    arrives(board, in_charge="remi")
    board.give(Configure(CONFIGURATION))
    assert board.nudged() == ["c1"]
    assert rung(board.ask("c1")) == "rose"


def test_a_reload_without_the_awaited_one_lets_go_of_who_waits() -> None:
    board = talking()
    arrives(board, in_charge="remi")
    without = {id_: who for id_, who in WAITS.advisors.items() if id_ != "remi"}
    board.give(Configure(replace(WAITS, advisors=without)))
    assert board.nudged() == ["c1"]


def test_another_router_goes_on_waiting_for_the_same_one() -> None:
    """The ticket carries who he is; what he does is told by his PBX, after the caller's."""
    board = talking()
    arrives(board, in_charge="remi", last_advisor="rose")
    seen, theirs = board.seen("c1", "wait"), replace(board.seen("c0", "dial"), bridged=True, talked_s=3.0)
    theirs = replace(theirs, offer=board.call("c0").ticket.offer or "", advisor="remi")
    after = Board(WAITS)
    after.now = board.now
    after.give(Restore(tuple(StoredPresence(who, Presence.AVAILABLE, "", 0.0) for who in ("rose", "remi"))))
    after.give(PbxSynced("caen", (seen, theirs), {"101": PhoneState.FREE}, {}))
    after.give(PbxSynced("rouen", (), {"201": PhoneState.FREE, "202": PhoneState.IN_USE}, {}))
    assert after.switchboard.is_open
    assert after.call("c1").ticket.awaits == "remi"
    assert after.nudged() == []


def test_nothing_is_told_of_how_long_he_waits_for_one_advisor() -> None:
    board = talking()
    arrives(board, in_charge="remi")
    ticket = board.call("c1").ticket
    assert board.switchboard.expected.of(ticket, board.now).silent is Silence.AWAITS
    assert ticket.told is None


# ── told beforehand ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_explain_says_who_is_waited_for_and_how_long() -> None:
    who = (Contributor(7, "SARL Dupont", "employer", in_charge="remi", last_advisor="carl"),)
    explanation = explain(WAITS, at("2026-11-23 09:00"), 33261910001, who)
    assert (explanation.awaits, explanation.awaits_s) == (("remi", "carl"), 45.0)
    told = explanation_in_french(WAITS, explanation)
    assert "Téléconseiller attendu, 45 s au plus : Remi, sinon Carl\n" in told
    assert "Carl (Caen, poste 101) : qui lui a répondu la dernière fois, Employeurs 4" in told


def test_explain_names_nobody_who_is_not_eligible_or_where_nobody_is_waited_for() -> None:
    moment, who = at("2026-11-23 09:00"), (Contributor(7, "SARL Dupont", "health", in_charge="remi"),)
    assert explain(WAITS, moment, 33261910001, who).awaits == ()
    who = (replace(who[0], profile="employer"),)
    assert explain(CONFIGURATION, moment, 33261910001, who).awaits == ()
