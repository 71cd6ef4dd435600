"""Absences: why, how long, and when they end by themselves."""

from dataclasses import replace
from math import inf, nan

import pytest

from cti_router.core.effects import PresenceChanged
from cti_router.core.inputs import Configure, Last, PhoneState, Presence, Restore, SetPresence, StoredPresence, Tick
from cti_router.core.instructions import Accepted, Dial, Refused
from cti_router.core.order import Force
from cti_router.core.presence import AbsenceReason
from tests.core.board import CONFIGURATION, Board
from tests.core.ordered import given, undone

REASONED = replace(
    CONFIGURATION,
    reasons={"lunch": AbsenceReason("lunch", "Déjeuner"), "break": AbsenceReason("break", "Pause", 900.0)},
)


def refused(board: Board, request: SetPresence) -> str:
    said = board.give(request).answer
    assert isinstance(said, Refused)
    return said.why


def absent(board: Board, advisor: str, for_s: float | None, reason: str = "pause") -> None:
    assert board.give(SetPresence(advisor, Presence.NOT_READY, reason, for_s=for_s)).answer == Accepted()


def stored(board: Board) -> StoredPresence:
    """What was written through last."""
    return board.taken(PresenceChanged, lambda effect: effect.stored)[-1]


def test_an_absence_with_a_length_ends_by_itself_and_he_is_offered_a_call() -> None:
    board = Board().open("rose")
    ends_at = board.now + 600
    absent(board, "rose", 600)
    assert (board.state("rose").until_at, stored(board).until_at) == (ends_at, ends_at)
    board.arrive("c1")
    board.ask("c1")
    board.wait(599)
    assert board.state("rose").presence is Presence.NOT_READY
    board.wait(1)
    state = board.state("rose")
    assert (state.presence, state.reason, state.until_at, state.presence_since_at) == (
        Presence.AVAILABLE, "", None, ends_at,
    )  # fmt: skip
    assert stored(board) == state.stored()


def test_who_is_back_earlier_is_not_made_available_later() -> None:
    board = Board().open("rose")
    absent(board, "rose", 600)
    board.wait(60)
    board.present("rose")
    absent(board, "rose", None)
    board.wait(3600)
    assert board.state("rose").presence is Presence.NOT_READY


def test_an_absence_that_is_prolonged_ends_at_its_new_end() -> None:
    board = Board().open("rose")
    absent(board, "rose", 600)
    board.wait(300)
    absent(board, "rose", 900)
    board.wait(899)
    assert board.state("rose").presence is Presence.NOT_READY
    board.wait(1)
    assert board.state("rose").presence is Presence.AVAILABLE


def test_who_logs_out_in_his_absence_is_not_made_available() -> None:
    board = Board().open("rose")
    absent(board, "rose", 600)
    board.present("rose", Presence.LOGGED_OUT)
    board.wait(601)
    assert board.state("rose").presence is Presence.LOGGED_OUT


@pytest.mark.parametrize("for_s", [0, -1, 12 * 3600 + 1, inf, nan])
def test_an_absurd_length_is_refused(for_s: float) -> None:
    board = Board().open("rose")
    assert "12 h" in refused(board, SetPresence("rose", Presence.NOT_READY, "pause", for_s=for_s))
    assert board.state("rose").presence is Presence.AVAILABLE


@pytest.mark.parametrize("presence", [Presence.AVAILABLE, Presence.LOGGED_OUT])
def test_only_an_absence_has_a_length(presence: Presence) -> None:
    assert "only an absence" in refused(Board().open("rose"), SetPresence("rose", presence, for_s=600))


def test_it_outlives_a_restart() -> None:
    board = Board()
    away = StoredPresence("rose", Presence.NOT_READY, "pause", board.now - 60, until_at=board.now + 60)
    board.open()
    board.give(Restore((away,)))
    board.wait(59)
    assert board.state("rose").presence is Presence.NOT_READY
    board.wait(1)
    assert board.state("rose").presence is Presence.AVAILABLE


def test_one_that_ended_while_no_router_was_there_is_over_at_once() -> None:
    board = Board().open()
    board.give(Restore((StoredPresence("rose", Presence.NOT_READY, "pause", board.now - 600, until_at=board.now - 9),)))
    board.give(Tick())
    assert board.state("rose").ready(board.now)


def test_it_outlives_a_reload_that_removes_him_and_brings_him_back() -> None:
    board = Board().open("rose")
    absent(board, "rose", 600)
    others = {id_: who for id_, who in CONFIGURATION.advisors.items() if id_ != "rose"}
    board.give(Configure(replace(CONFIGURATION, advisors=others)))
    board.wait(700)
    board.give(Configure(CONFIGURATION))
    board.give(Tick())
    assert board.state("rose").presence is Presence.AVAILABLE


def test_an_order_outlasts_it_and_then_he_is_available() -> None:
    board = Board().open("rose")
    absent(board, "rose", 60)
    order = given(board, Force("rose", Presence.NOT_READY, "formation"))
    board.wait(61)
    state = board.state("rose")
    assert (state.presence, state.reason, state.until_at) == (Presence.NOT_READY, "formation", None)
    kept = stored(board)
    assert kept.presence is Presence.AVAILABLE
    restarted = Board()
    restarted.now = board.now
    restarted.open()
    restarted.give(Restore((kept,), (), (order,)))
    assert restarted.state("rose").reason == "formation"
    undone(board, order)
    assert board.state("rose").presence is Presence.AVAILABLE


def test_an_order_that_is_over_first_leaves_him_in_his_absence_until_its_end() -> None:
    board = Board().open("rose")
    absent(board, "rose", 600)
    ends_at = board.now + 600
    order = given(board, Force("rose", Presence.AVAILABLE))
    assert board.state("rose").until_at is None
    undone(board, order)
    assert (board.state("rose").presence, board.state("rose").until_at) == (Presence.NOT_READY, ends_at)
    board.wait(600)
    assert board.state("rose").presence is Presence.AVAILABLE


def test_a_missed_call_has_no_end() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    told = board.ask("c1")
    assert isinstance(told, Dial)
    board.phone("rose", PhoneState.RINGING)
    board.ask("c1", Last.NO_ANSWER, offer=told.offer)
    assert (board.state("rose").reason, board.state("rose").until_at) == ("rona", None)


# ── reasons ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_unknown_reason_is_refused_with_those_there_are() -> None:
    board = Board(REASONED).open("rose")
    why = refused(board, SetPresence("rose", Presence.NOT_READY, "sieste"))
    assert why == "unknown reason 'sieste': choose one of lunch, break, absent, rona"


@pytest.mark.parametrize("reason", ["lunch", "break", "absent"])
def test_a_known_one_is_taken_and_so_is_what_is_always_there(reason: str) -> None:
    board = Board(REASONED).open("rose")
    board.present("rose", Presence.NOT_READY, reason)
    assert board.state("rose").reason == reason


def test_a_reason_may_say_how_long_unless_he_does() -> None:
    board = Board(REASONED).open("rose", "remi")
    absent(board, "rose", None, "break")
    absent(board, "remi", 60, "break")
    absent(board, "carl", None, "lunch")
    lengths = [board.state(who).until_at for who in ("rose", "remi", "carl")]
    assert lengths == [board.now + 900, board.now + 60, None]


def test_where_no_reasons_are_configured_every_word_is_one() -> None:
    board = Board().open("rose")
    board.present("rose", Presence.NOT_READY, "sieste")
    assert board.state("rose").reason == "sieste"
