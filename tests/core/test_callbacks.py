"""When callbacks are due, who calls again meanwhile, and what a restart or a silence leaves of them."""

from dataclasses import replace
from datetime import time

import pytest

from cti_router.core.aside import HangUp, LegEnded
from cti_router.core.callback import (
    CallbackAsk,
    CallbackSeen,
    CallbacksRead,
    CallbackState,
    CancelCallback,
    Heard,
)
from cti_router.core.configuration import PUBLIC, CallbackRules, Hours
from cti_router.core.history import Outcome
from cti_router.core.inputs import (
    CallerLeft,
    Configure,
    PbxLost,
    PbxSynced,
    PhoneState,
    Presence,
    Restore,
    Stalled,
    StoredPresence,
)
from cti_router.core.instructions import Accepted, Refused
from cti_router.core.plans.callback_rules import why_not_called
from tests.core.board import CONFIGURATION, EMPLOYER_CLI
from tests.core.callback_board import OUT, RULES, CallbackBoard, calling_back

# when


def test_a_closed_service_calls_nobody_until_it_opens() -> None:
    board = CallbackBoard(now="2026-11-23 12:29").open()
    id_ = board.noted()
    board.wait(60)
    board.present("rose")
    board.present("carl")
    board.commit()
    assert not board.rung
    assert board.state_of(id_) is CallbackState.RESTING
    board.wait(3600)
    assert board.rings().callback == id_


def test_only_in_the_hours_of_callbacks() -> None:
    hours = (Hours(frozenset(range(5)), time(10), time(12)),)
    board = CallbackBoard(calling_back(replace(RULES, hours=hours))).open("rose")
    id_ = board.noted()
    board.wait(3599)
    board.commit()
    assert not board.rung
    board.wait(1)
    assert board.rings().callback == id_


def test_who_could_not_be_called_in_time_is_not_called_any_more() -> None:
    board = CallbackBoard().open()
    id_ = board.noted()
    board.wait(7200)
    board.commit()
    assert board.rows[id_].outcome is Outcome.EXPIRED
    assert board.history()[id_].because[-1] == "rappel abandonné : délai dépassé"


def test_a_plan_s_end_does_not_end_a_callback_and_its_steps_open() -> None:
    board = CallbackBoard().open()
    id_ = board.noted()
    board.wait(700)
    assert board.state_of(id_) is CallbackState.SEEKING
    board.present("carl")
    assert board.rings().advisor == "carl"


def test_the_number_is_looked_up_when_no_profile_was_told() -> None:
    board = CallbackBoard().open("rose", "carl")
    id_ = board.noted(profile=None)
    board.commit()
    assert not board.rung
    board.know(id_)
    assert board.rings().callback == id_
    assert board.call(id_).ticket.profile == "unknown"


def test_callbacks_that_were_noted_outlive_the_section_that_allowed_them() -> None:
    board = CallbackBoard().open()
    id_ = board.noted()
    board.give(Configure(calling_back(rules=None)))
    board.present("rose")
    assert board.rings().callback == id_


# cancelled, or called again


def test_a_callback_is_cancelled_but_not_while_he_is_called() -> None:
    board = CallbackBoard().open()
    id_ = board.noted()
    board.present("rose")
    ring = board.rings()
    assert board.give(CancelCallback(id_, "paul")).answer == Refused("he is being called now")
    board.picks_up(ring)
    board.leg(ring, Heard.NO_ANSWER)
    assert board.give(CancelCallback(id_, "paul")).answer == Accepted()
    board.commit()
    assert board.rows[id_].outcome is Outcome.CANCELLED
    assert board.history()[id_].because[-1] == "rappel annulé par paul"


def test_who_calls_again_has_the_age_of_his_callback_which_waits_for_what_becomes_of_it() -> None:
    board = CallbackBoard().open()
    id_ = board.noted()
    board.wait(30)
    board.another("older")
    board.wait(30)
    board.arrive("again")
    board.ask("again")
    assert board.state_of(id_) is CallbackState.HELD
    board.present("rose")
    assert board.nudged() == ["again"]
    board.talk("again", "rose")
    board.end_talk("again", "rose")
    board.hang_up("again")
    board.commit()
    assert board.rows[id_].outcome is Outcome.CALLED_AGAIN
    assert "attendait un rappel : garde l’ancienneté de sa demande (1 min)" in board.history()["again"].because


def test_who_calls_again_in_vain_is_called_back_in_his_turn() -> None:
    board = CallbackBoard().open()
    id_ = board.noted()
    place = board.call(id_).ticket.place
    board.arrive("again")
    board.ask("again")
    board.hang_up("again")
    assert board.state_of(id_) is CallbackState.SEEKING
    assert board.call(id_).ticket.place == place
    board.present("rose")
    assert board.rings().callback == id_


def test_who_waits_himself_when_it_is_noted_is_not_called_meanwhile() -> None:
    board = CallbackBoard().open()
    board.arrive("own")
    board.ask("own")
    id_ = board.noted()
    assert board.state_of(id_) is CallbackState.HELD
    board.hang_up("own")
    assert board.state_of(id_) is CallbackState.SEEKING


def test_another_router_knows_that_he_calls_himself() -> None:
    board = CallbackBoard().open()
    id_ = board.noted()
    board.arrive("own")
    board.ask("own")
    new = CallbackBoard()
    new.now = board.now
    super(CallbackBoard, new).open("rose")
    new.give(board.last_ask("own"))
    new.read(*board.rows.values())
    assert new.state_of(id_) is CallbackState.HELD


# after a restart


def restarted(board: CallbackBoard, *seen: CallbackSeen, **phones: PhoneState) -> CallbackBoard:
    """Another router at the same instant: presence, the database's rows, then what the PBXs show."""
    new = CallbackBoard(board.switchboard.configuration)
    new.now = board.now
    new.give(Restore((StoredPresence("rose", Presence.AVAILABLE, "", board.now),)))
    new.read(*board.rows.values())
    new.give(PbxSynced("caen", (), {"101": PhoneState.FREE}, {}, callbacks=seen))
    shown = phones.get("rose", PhoneState.FREE)
    new.give(PbxSynced("rouen", (), {"201": shown, "202": PhoneState.FREE}, {}))
    return new


def test_an_open_callback_waits_on_in_its_place() -> None:
    board = CallbackBoard().open()
    id_ = board.noted()
    board.wait(100)
    new = restarted(board)
    assert new.call(id_).ticket.place[0] == board.call(id_).ticket.place[0]
    assert new.rings().callback == id_


def test_a_router_killed_between_writing_and_ringing_looks_before_anybody_is_rung_again() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    board.commit()
    assert board.rows[id_].attempt
    new = CallbackBoard()
    new.now = board.now
    new.give(Restore((StoredPresence("rose", Presence.AVAILABLE, "", board.now),)))
    new.read(*board.rows.values())
    new.give(PbxSynced("rouen", (), {"201": PhoneState.FREE}, {}))
    new.wait(10)
    new.commit()
    assert not new.rung, "the PBX that may be calling has not told yet"
    assert new.state_of(id_) is CallbackState.UNSEEN
    new.give(PbxSynced("caen", (), {}, {}))
    new.commit()
    assert not new.rung, "he may have been rung: not again at once"
    assert new.callback(id_).stored.attempts == 1
    new.wait(300)
    assert new.rings().callback == id_


@pytest.mark.parametrize("calling", [False, True])
def test_an_attempt_that_goes_on_is_taken_over(calling: bool) -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    ring = board.rings()
    shows = PhoneState.RINGING
    if calling:
        board.picks_up(ring)
        shows = PhoneState.IN_USE
    seen = CallbackSeen(id_, ring.offer, "rose", "PJSIP/x", calling, "rouen", 40.0)
    new = restarted(board, seen, rose=shows)
    new.commit()
    assert not new.rung
    assert new.state("rose").offer == ring.offer
    assert new.switchboard.trunks.in_use("caen", "rouen") == 1
    assert new.switchboard.trunks.in_use("caen", PUBLIC) == 1
    if not calling:
        assert new.picks_up(ring) == OUT
    assert new.leg(ring, Heard.TALKED, 50.0) is None
    new.commit()
    assert new.rows[id_].outcome is Outcome.ANSWERED
    assert new.history()[id_].talked_s == 50.0


def test_an_ask_that_comes_before_the_pbx_told_takes_the_attempt_over_as_well() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    ring = board.rings()
    new = CallbackBoard()
    new.now = board.now
    new.give(Restore((StoredPresence("rose", Presence.AVAILABLE, "", board.now),)))
    new.read(*board.rows.values())
    assert new.leg(ring) == OUT
    assert new.leg(ring, Heard.TALKED, 20.0) is None
    new.commit()
    assert new.rows[id_].outcome is Outcome.ANSWERED


def test_a_talk_that_ended_before_the_database_told_of_it_is_not_held_again() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    ring = board.rings()
    board.picks_up(ring)
    new = CallbackBoard()
    new.now = board.now
    super(CallbackBoard, new).open("rose")
    assert new.leg(ring, Heard.TALKED, 20.0) is None
    new.read(*board.rows.values())
    new.commit()
    assert new.rows[id_].outcome is Outcome.ANSWERED
    assert not new.rung


def test_an_advisor_who_is_none_any_more_ends_the_talk_he_had() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    ring = board.rings()
    board.picks_up(ring)
    configuration = calling_back()
    without = {id_: who for id_, who in configuration.advisors.items() if id_ != "rose"}
    new = CallbackBoard(replace(configuration, advisors=without))
    new.now = board.now
    new.open()
    new.give(CallbacksRead(tuple(board.rows.values())))
    new.rows = board.rows
    assert new.leg(ring, Heard.TALKED, 20.0) is None
    new.commit()
    assert id_ in new.rows


# what is not told


def test_a_leg_that_is_gone_without_a_word_is_an_attempt() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    ring = board.rings()
    board.picks_up(ring)
    board.give(CallerLeft(f"caen-{ring.offer}", 16))
    assert board.callback(id_).stored.attempts == 1
    board.give(LegEnded(f"caen-{ring.offer}", id_, "PJSIP/x"))
    assert board.callback(id_).stored.attempts == 1


def test_an_advisor_who_hung_up_without_a_word_is_free_soon() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    ring = board.rings()
    board.picks_up(ring)
    board.hangs_up(ring)
    board.wait(15)
    assert board.taken(HangUp, lambda hang_up: hang_up.channel) == [f"PJSIP/{ring.offer}"]
    assert board.callback(id_).stored.attempts == 1
    assert board.state_of(id_) is CallbackState.RESTING


def test_a_leg_that_ends_before_anybody_answered_is_given_a_moment_to_say_why() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    ring = board.rings()
    board.give(CallerLeft(f"caen-{ring.offer}", 16))
    assert board.state_of(id_) is CallbackState.RINGING
    board.wait(1)
    assert board.rings().offer != ring.offer
    assert board.callback(id_).stored.attempts == 0


def test_a_ring_of_which_nothing_is_heard_is_over_in_the_end() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    ring = board.rings()
    board.wait(ring.ring_s + 10)
    assert board.state_of(id_) is not CallbackState.RINGING
    assert board.rings().offer != ring.offer


def test_a_standstill_loses_nothing_that_goes_on_and_takes_notice_of_what_does_not() -> None:
    board = CallbackBoard().open("rose")
    id_ = board.noted()
    ring = board.rings()
    board.picks_up(ring)
    board.wait(20)
    board.give(Stalled(5.0))
    seen = CallbackSeen(id_, ring.offer, "rose", "PJSIP/x", True, "rouen", 10.0)
    board.give(PbxSynced("caen", (), {"101": PhoneState.FREE}, {}, callbacks=(seen,)))
    assert board.state_of(id_) is CallbackState.CALLING
    board.give(PbxSynced("caen", (), {"101": PhoneState.FREE}, {}))
    assert board.state_of(id_) is CallbackState.RESTING
    assert board.callback(id_).stored.attempts == 1


def test_without_a_link_to_its_pbx_a_callback_rests() -> None:
    board = CallbackBoard().open()
    id_ = board.noted()
    board.give(PbxLost("caen"))
    board.present("rose")
    board.commit()
    assert not board.rung
    board.give(PbxSynced("caen", (), {"101": PhoneState.FREE}, {}))
    assert board.rings().callback == id_


def test_a_strange_leg_is_let_go() -> None:
    board = CallbackBoard().open()
    ask = CallbackAsk("caen-cb1", "caen", "PJSIP/x", Heard.ARRIVED, "caen-cb1-1-1", "rose")
    assert board.give(ask).answer.instruction is None  # type: ignore[union-attr]


def test_the_first_site_is_as_good_as_any_when_the_call_s_has_no_line_out() -> None:
    sites = {**CONFIGURATION.sites, "rouen": replace(CONFIGURATION.sites["rouen"], public_calls=1)}
    board = CallbackBoard(replace(calling_back(), sites=sites)).open("rose")
    board.noted()
    ring = board.rings()
    assert ring.path == ("rouen",)


def test_rules_have_sensible_defaults() -> None:
    rules = CallbackRules()
    assert rules.attempts >= len(rules.retry_after_s)
    assert why_not_called(rules, EMPLOYER_CLI) is None
