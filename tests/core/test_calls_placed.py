"""An advisor wants to speak with somebody: his phone rings, then the number, and nobody else is troubled."""

from dataclasses import replace

import pytest

from cti_router.core.aside import HangUp, HangUpCall, HoldCall
from cti_router.core.callback import AskCallback, CallbackSeen, CallbackState, Heard, PlaceCall, RingAdvisor
from cti_router.core.configuration import PUBLIC
from cti_router.core.effects import Pop, Remember
from cti_router.core.history import CallRecord, Direction, Outcome
from cti_router.core.inputs import Configure, PbxLost, PbxSynced, PhoneState, Presence, Restore, StoredPresence
from cti_router.core.instructions import Accepted, Refused
from tests.core.board import EMPLOYER_CLI
from tests.core.callback_board import OUT, CallbackBoard, calling_back

ASKED = PlaceCall("rose", EMPLOYER_CLI, 7, "rose")


def placed(board: CallbackBoard, asked: PlaceCall = ASKED) -> RingAdvisor:
    """Her phone is to ring."""
    answer = board.give(asked).answer
    assert isinstance(answer, Accepted), answer
    board.commit()
    ring = board.rings()
    assert ring.callback == answer.call
    return ring


def row_of(board: CallbackBoard, ring: RingAdvisor) -> CallRecord:
    return board.history()[ring.callback]


def test_the_advisor_s_phone_rings_then_the_number_and_they_talk() -> None:
    board = CallbackBoard().open("rose")
    ring = placed(board)
    assert (ring.advisor, ring.phone, ring.path, ring.shows) == ("rose", "201", ("caen", "rouen"), str(EMPLOYER_CLI))
    assert not board.rows, "the database is not asked first"
    assert board.state("rose").activity == "offered"
    assert board.picks_up(ring) == OUT
    assert board.state("rose").activity == "talking"
    board.wait(60)
    assert board.leg(ring, Heard.TALKED, 50.0) is None
    board.hangs_up(ring)
    assert board.state("rose").activity == "wrap_up"
    row = row_of(board, ring)
    assert (row.outcome, row.direction, row.author, row.advisor) == (Outcome.ANSWERED, Direction.OUT, "rose", "rose")
    assert (row.cli, row.contributor, row.path, row.talked_s) == (f"+{EMPLOYER_CLI}", 7, ("caen", "rouen"), 50.0)
    assert [(ticket.kind, ticket.advisor) for ticket in row.tickets] == [("outgoing", "rose")]
    assert row.because == ("appel sortant de Rose, demandé par rose", "le cotisant a répondu")
    assert ring.callback not in board.switchboard.calls
    assert board.switchboard.trunks.in_use("caen", PUBLIC) == board.switchboard.trunks.in_use("caen", "rouen") == 0


def test_who_is_about_to_ring_is_told_before_it_rings() -> None:
    board = CallbackBoard().open("rose")
    kinds = [type(effect) for effect in board.give(ASKED).effects if isinstance(effect, Pop | RingAdvisor)]
    assert kinds == [Pop, RingAdvisor]


def test_nothing_is_offered_to_her_meanwhile() -> None:
    board = CallbackBoard().open("rose")
    ring = placed(board)
    board.picks_up(ring)
    board.arrive("c1")
    board.ask("c1")
    assert board.call("c1").ticket.offer is None
    board.leg(ring, Heard.TALKED, 5.0)
    board.hangs_up(ring)
    assert board.call("c1").ticket.offer is None, "she writes down what was said"
    board.wait(board.switchboard.configuration.rules.wrap_up_s)
    assert board.call("c1").ticket.offer is not None


@pytest.mark.parametrize(
    ("heard", "outcome", "why"),
    [
        (Heard.NO_ANSWER, Outcome.NO_ANSWER, "le cotisant n’a pas répondu"),
        (Heard.BUSY, Outcome.BUSY, "le cotisant est occupé"),
        (Heard.UNREACHABLE, Outcome.UNREACHABLE, "le cotisant est injoignable"),
        (Heard.NO_WAY, Outcome.UNREACHABLE, "le cotisant est injoignable"),
        (Heard.CANCELLED, Outcome.CANCELLED, "appel abandonné avant que le cotisant ne réponde"),
    ],
)
def test_a_contributor_who_is_not_reached_is_called_once_and_she_may_write_it_down(
    heard: Heard, outcome: Outcome, why: str
) -> None:
    board = CallbackBoard().open("rose")
    ring = placed(board)
    board.picks_up(ring)
    assert board.leg(ring, heard) is None
    board.hangs_up(ring)
    assert (row_of(board, ring).outcome, row_of(board, ring).because[-1]) == (outcome, why)
    assert board.state("rose").activity == "wrap_up"
    board.wait(3600)
    board.commit()
    assert not board.rung
    assert not board.rows


@pytest.mark.parametrize("why", [Heard.NO_ANSWER, Heard.BUSY, Heard.UNREACHABLE])
def test_a_phone_that_she_does_not_take_costs_her_nothing(why: Heard) -> None:
    board = CallbackBoard().open("rose")
    ring = placed(board)
    board.no_answer(ring, why)
    assert row_of(board, ring).outcome is Outcome.CANCELLED
    assert (board.state("rose").presence, board.state("rose").activity) == (Presence.AVAILABLE, "idle")


def test_who_puts_it_down_at_once_has_rung_nobody() -> None:
    board = CallbackBoard().open("rose")
    ring = placed(board)
    board.phone("rose", PhoneState.RINGING)
    board.phone("rose", PhoneState.IN_USE)
    assert board.leg(ring, ended=True) is None
    assert row_of(board, ring).outcome is Outcome.CANCELLED


def test_a_ring_of_which_nothing_is_heard_is_over_in_the_end() -> None:
    board = CallbackBoard().open("rose")
    ring = placed(board)
    board.wait(ring.ring_s + 60)
    assert row_of(board, ring).outcome is Outcome.CANCELLED
    assert board.state("rose").offer is None


def test_from_her_wrap_up_or_absence_too() -> None:
    board = CallbackBoard().open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.end_talk("c1", "rose")
    assert board.state("rose").activity == "wrap_up"
    ring = placed(board)
    board.picks_up(ring)
    board.leg(ring, Heard.TALKED, 5.0)
    board.hangs_up(ring)
    board.present("rose", Presence.NOT_READY, "dossier")
    board.wait(60)
    ring = placed(board)
    assert board.picks_up(ring) == OUT
    assert board.state("rose").presence is Presence.NOT_READY


def test_hanging_up_works_and_holding_does_not() -> None:
    board = CallbackBoard().open("rose")
    ring = placed(board)
    board.picks_up(ring)
    assert board.give(HoldCall("rose")).answer == Refused("a contributor who was called can only be hung up on")
    outcome = board.give(HangUpCall("rose"))
    assert outcome.answer == Accepted()
    assert HangUp(ring.callback, "caen", f"PJSIP/{ring.offer}") in outcome.effects


def not_there(board: CallbackBoard) -> None:
    board.present("rose", Presence.LOGGED_OUT)


def serving(board: CallbackBoard) -> None:
    board.arrive("c1")
    board.talk("c1", "rose")


def on_the_phone(board: CallbackBoard) -> None:
    board.phone("rose", PhoneState.IN_USE)


def no_link(board: CallbackBoard) -> None:
    board.give(PbxLost("caen"))


def being_called(board: CallbackBoard) -> None:
    board.present("remi")
    placed(board, replace(ASKED, advisor="remi"))


def nothing(_: CallbackBoard) -> None:
    pass


@pytest.mark.parametrize(
    ("given", "asked", "why"),
    [
        (nothing, replace(ASKED, advisor="zorro"), "unknown advisor 'zorro'"),
        (nothing, replace(ASKED, e164=33899700123), "+33899700123 begins with +338, which “refuse” names"),
        (nothing, replace(ASKED, e164=15), "+15 has 2 digits: it is no subscriber's"),
        (not_there, ASKED, "Rose cannot call: he is logged out"),
        (serving, ASKED, "Rose cannot call: he is talking"),
        (on_the_phone, ASKED, "Rose cannot call: his phone is in_use"),
        (being_called, ASKED, "he is being called now"),
        (
            no_link,
            ASKED,
            "no line to the public network is free now, or it cannot be reached: try again in a moment",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(given: object, asked: PlaceCall, why: str) -> None:
    board = CallbackBoard().open("rose")
    assert callable(given)
    given(board)
    known = set(board.switchboard.calls)
    assert board.give(asked).answer == Refused(why)
    assert set(board.switchboard.calls) == known


def test_without_rules_or_a_line_nobody_is_called() -> None:
    board = CallbackBoard(calling_back(rules=None)).open("rose")
    why = "nobody is called from here: add a “callback” section to the configuration"
    assert board.give(ASKED).answer == Refused(why)
    board = CallbackBoard(calling_back(lines=0)).open("rose")
    why = "no PBX has a line to the public network: tell “public_calls” of a site"
    assert board.give(ASKED).answer == Refused(why)


def test_the_last_line_out_is_taken_once() -> None:
    board = CallbackBoard(calling_back(lines=1)).open("rose", "remi")
    ring = placed(board)
    other = replace(ASKED, advisor="remi", e164=EMPLOYER_CLI + 1)
    assert isinstance(board.give(other).answer, Refused)
    board.no_answer(ring)
    placed(board, other)


def test_before_the_pbxs_told_what_is_there_nobody_is_called() -> None:
    board = CallbackBoard()
    board.give(Restore((StoredPresence("rose", Presence.AVAILABLE, "", board.now),)))
    assert board.give(ASKED).answer == Refused("no offers are made yet: the PBXs have not told what is there")


# who is to be called back


@pytest.mark.parametrize(("heard", "state"), [(Heard.TALKED, None), (Heard.BUSY, CallbackState.SEEKING)])
def test_his_callback_waits_for_what_becomes_of_it(heard: Heard, state: CallbackState | None) -> None:
    board = CallbackBoard().open()
    id_ = board.noted()
    board.present("rose", Presence.NOT_READY, "dossier")
    ring = placed(board)
    assert board.state_of(id_) is CallbackState.HELD
    board.picks_up(ring)
    board.leg(ring, heard, 5.0 if heard is Heard.TALKED else 0.0)
    board.commit()
    if state is None:
        assert board.rows[id_].outcome is Outcome.ANSWERED
    else:
        assert board.state_of(id_) is state


def test_the_caller_of_the_moment_is_not_rung_twice() -> None:
    board = CallbackBoard().open("rose", "remi")
    placed(board)
    board.give(AskCallback(e164=EMPLOYER_CLI, profile="employer", author="anne"))
    board.commit()
    assert board.state_of(board.the_callback().id) is CallbackState.HELD
    assert not board.rung


# what outlives it


def restarted(board: CallbackBoard, ring: RingAdvisor, *seen: CallbackSeen, shows: PhoneState) -> CallbackBoard:
    """Another router: what was remembered, and what the PBXs show."""
    new = CallbackBoard(board.switchboard.configuration)
    new.now = board.now
    (row,) = [
        effect.record for effect in board.effects if isinstance(effect, Remember) and effect.record.id == ring.callback
    ]
    new.give(Restore((StoredPresence("rose", Presence.AVAILABLE, "", board.now),), (row,)))
    new.give(PbxSynced("caen", (), {"101": PhoneState.FREE}, {}, callbacks=seen))
    new.give(PbxSynced("rouen", (), {"201": shows, "202": PhoneState.FREE}, {}))
    return new


@pytest.mark.parametrize("calling", [False, True])
def test_a_router_that_dies_meanwhile_is_followed_by_one_that_goes_on(calling: bool) -> None:
    board = CallbackBoard().open("rose")
    ring = placed(board)
    if calling:
        board.picks_up(ring)
    seen = CallbackSeen(ring.callback, ring.offer, "rose", "PJSIP/x", calling, "rouen", 40.0)
    new = restarted(board, ring, seen, shows=PhoneState.IN_USE if calling else PhoneState.RINGING)
    assert new.state("rose").offer == ring.offer
    assert new.switchboard.trunks.in_use("caen", PUBLIC) == 1
    if not calling:
        assert new.picks_up(ring) == OUT
    assert new.leg(ring, Heard.TALKED, 50.0) is None
    row = row_of(new, ring)
    assert (row.outcome, row.direction, row.author, row.contributor) == (Outcome.ANSWERED, Direction.OUT, "rose", 7)
    assert row.because[0] == "appel sortant de Rose, demandé par rose"
    assert (row.arrived_at, row.talked_s) == (board.call(ring.callback).ticket.arrived_at, 50.0)


def test_an_ask_that_comes_before_the_pbx_told_is_answered_as_well() -> None:
    board = CallbackBoard().open("rose")
    ring = placed(board)
    new = CallbackBoard()
    new.now = board.now
    record = board.call(ring.callback).record(board.now)
    new.give(Restore((StoredPresence("rose", Presence.AVAILABLE, "", board.now),), (record,)))
    assert new.leg(ring) == OUT
    assert new.leg(ring, Heard.TALKED, 20.0) is None
    assert row_of(new, ring).outcome is Outcome.ANSWERED


def test_one_that_is_gone_by_then_has_ended_unseen() -> None:
    board = CallbackBoard().open("rose")
    ring = placed(board)
    new = restarted(board, ring, shows=PhoneState.FREE)
    assert row_of(new, ring).outcome is Outcome.ENDED_UNSEEN
    assert new.state("rose").ready(new.now)
    assert not new.switchboard.callbacks.placed


def test_another_configuration_leaves_it_alone() -> None:
    board = CallbackBoard().open("rose")
    ring = placed(board)
    board.give(Configure(replace(board.switchboard.configuration, version="another", callback=None)))
    assert board.picks_up(ring) == OUT
    board.leg(ring, Heard.TALKED, 5.0)
    assert row_of(board, ring).outcome is Outcome.ANSWERED
