"""An attempt to call back: an advisor first, then the contributor, each once and in his turn."""

import pytest

from cti_router.core.aside import HangUp, HangUpCall, Transfer
from cti_router.core.callback import (
    CallbackState,
    Heard,
    RingAdvisor,
    StoreCallback,
)
from cti_router.core.configuration import PUBLIC
from cti_router.core.history import Outcome
from cti_router.core.inputs import (
    Last,
    PhoneState,
    Presence,
)
from cti_router.core.instructions import Accepted, Dial, Refused, Wait
from tests.core.board import EMPLOYER_CLI
from tests.core.callback_board import OUT, CallbackBoard, at_the_end, calling_back

# the advisor first, then the contributor


def test_an_advisor_is_found_the_attempt_is_written_and_then_his_phone_rings() -> None:
    board = CallbackBoard().open()
    at_the_end(board)
    board.commit()
    board.present("rose")
    callback = board.the_callback()
    (store,) = [effect.stored for effect in board.effects if isinstance(effect, StoreCallback)]
    assert store.attempt == callback.ticket.offer != ""
    assert not [effect for effect in board.effects if isinstance(effect, RingAdvisor)]
    ring = board.rings()
    assert board.rows[callback.id].attempt == ring.offer
    assert (ring.advisor, ring.phone, ring.path, ring.shows) == ("rose", "201", ("caen", "rouen"), str(EMPLOYER_CLI))


def test_advisor_and_contributor_talk() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    ring = board.rings()
    assert board.picks_up(ring) == OUT
    assert board.leg(ring) == OUT, "asked again, as the answer was lost"
    board.wait(70)
    assert board.leg(ring, Heard.TALKED, 60.0) is None
    board.hangs_up(ring)
    board.commit()
    row = board.history()[id_]
    assert (row.outcome, row.advisor, row.talked_s, row.cli) == (Outcome.ANSWERED, "rose", 60.0, "+33261910101")
    assert row.because[-1] == "le cotisant a été rappelé"
    assert board.rows[id_].outcome is Outcome.ANSWERED
    assert board.state("rose").activity == "wrap_up"
    assert not board.switchboard.calls


def test_the_ticket_keeps_its_place() -> None:
    board = CallbackBoard().open()
    at_the_end(board)
    board.commit()
    board.ask("c1", Last.PLAYED)
    board.hang_up("c1", last=Last.PLAYED)
    board.wait(10)
    board.another("c2")
    board.present("rose")
    assert board.the_callback().ticket.state == "offered"
    assert isinstance(board.ask("c2"), Wait)


def test_never_ahead_of_those_who_waited_longer() -> None:
    board = CallbackBoard().open()
    board.another("c1")
    board.wait(1)
    board.noted()
    board.present("rose")
    assert board.nudged() == ["c1"]
    assert board.the_callback().ticket.state == "waiting"
    assert board.switchboard.matching.inversions == 0


def test_an_attempt_that_cannot_be_written_is_none_and_the_advisor_is_free_for_others() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    board.another("c1")
    board.commit(away=True)
    assert not board.rung
    assert board.state_of(id_) is CallbackState.RESTING
    assert isinstance(board.ask("c1"), Dial)
    board.present("carl")
    board.wait(20)
    assert board.rings().advisor == "carl"


def test_an_advisor_who_lets_it_ring_is_set_absent_and_the_next_one_rings() -> None:
    board = CallbackBoard().open("rose", "remi")
    id_ = board.noted()
    ring = board.rings()
    board.no_answer(ring)
    assert (board.state("rose").presence, board.state("rose").reason) == (Presence.NOT_READY, "rona")
    second = board.rings()
    assert (second.advisor, second.callback) == ("remi", id_)
    assert second.offer != ring.offer
    assert board.callback(id_).stored.attempts == 0, "the contributor was not called"
    assert board.leg(ring) is None, "a leg of an attempt that is over rings nobody"


def test_an_advisor_who_is_busy_rests_and_keeps_his_presence() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    board.no_answer(board.rings(), Heard.BUSY)
    assert board.state("rose").presence is Presence.AVAILABLE
    assert board.state_of(id_) is CallbackState.SEEKING
    board.wait(5)
    assert board.rings().advisor == "rose"


def test_an_offer_nobody_was_told_of_is_withdrawn_when_the_advisor_leaves() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    board.present("rose", Presence.NOT_READY)
    board.commit()
    assert not board.rung
    assert board.state_of(id_) is CallbackState.SEEKING
    assert board.rows[id_].attempt == ""


@pytest.mark.parametrize("heard", [Heard.NO_ANSWER, Heard.BUSY, Heard.UNREACHABLE, Heard.NO_WAY])
def test_a_contributor_who_does_not_answer_is_called_again_later_and_not_for_ever(heard: Heard) -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    for attempt, delay_s in enumerate((300.0, 1800.0), 1):
        ring = board.rings()
        assert board.picks_up(ring) == OUT
        assert board.leg(ring, heard) is None
        board.hangs_up(ring)
        assert board.state("rose").activity == "idle"
        assert board.state("rose").presence is Presence.AVAILABLE
        board.commit()
        assert (board.rows[id_].attempts, board.rows[id_].attempt) == (attempt, "")
        board.wait(delay_s - 1)
        board.commit()
        assert not board.rung
        board.wait(1)
    ring = board.rings()
    board.picks_up(ring)
    board.leg(ring, heard)
    board.commit()
    assert board.history()[id_].outcome is Outcome.UNREACHED
    assert (board.rows[id_].outcome, board.rows[id_].attempts) == (Outcome.UNREACHED, 3)


def test_an_advisor_who_hangs_up_while_the_contributor_is_rung_has_made_an_attempt() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    ring = board.rings()
    board.picks_up(ring)
    board.hangs_up(ring)
    board.leg(ring, Heard.CANCELLED, ended=True)
    assert board.callback(id_).stored.attempts == 1
    assert board.state_of(id_) is CallbackState.RESTING


def test_an_advisor_who_hangs_up_at_once_has_rung_nobody() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    ring = board.rings()
    board.phone("rose", PhoneState.IN_USE)
    board.leg(ring, Heard.ARRIVED, ended=True)
    board.hangs_up(ring)
    assert board.callback(id_).stored.attempts == 0
    assert board.rings().advisor == "rose"


def test_two_callbacks_and_one_line_out_are_called_one_after_the_other() -> None:
    board = CallbackBoard(calling_back(lines=1)).open("rose", "remi")
    board.noted()
    board.noted(33261910102)
    ring = board.rings()
    board.picks_up(ring)
    assert board.switchboard.trunks.in_use("caen", PUBLIC) == 1
    board.leg(ring, Heard.TALKED, 10.0)
    second = board.rings()
    assert second.callback != ring.callback
    board.leg(second, Heard.ARRIVED)
    board.leg(second, Heard.NO_ANSWER)
    assert board.switchboard.trunks.in_use("caen", PUBLIC) == 0


def test_a_line_out_that_fails_rests() -> None:
    board = CallbackBoard().open("rose")
    board.noted()
    ring = board.rings()
    board.picks_up(ring)
    board.leg(ring, Heard.NO_WAY)
    board.hangs_up(ring)
    board.noted(33261910102)
    board.commit()
    assert not board.rung
    board.wait(10)
    assert board.rings().advisor == "rose"


def test_a_callback_is_hung_up_and_not_transferred() -> None:
    board = CallbackBoard().open("rose")
    board.noted()
    ring = board.rings()
    board.picks_up(ring)
    answer = board.ask_for(Transfer("rose", "employers", 3))
    assert answer == Refused("a contributor who was called can only be hung up on")
    assert board.ask_for(HangUpCall("rose")) == Accepted()
    assert board.taken(HangUp, lambda hang_up: hang_up.channel) == [f"PJSIP/{ring.offer}"]
