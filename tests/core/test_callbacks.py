"""Calling back: noted when it is committed, an advisor first, then the contributor, each once and in his turn."""

from dataclasses import replace
from datetime import time

import pytest

from cti_router.core.aside import HangUp, HangUpCall, LegEnded, Transfer
from cti_router.core.callback import (
    AskCallback,
    CallbackAsk,
    CallbackSeen,
    CallbacksRead,
    CallbackState,
    CallbackStored,
    CallOut,
    CancelCallback,
    Heard,
    RingAdvisor,
    StoreCallback,
)
from cti_router.core.configuration import PUBLIC, CallbackRules, Hours
from cti_router.core.history import Outcome
from cti_router.core.inputs import (
    CallerLeft,
    Configure,
    Last,
    PbxLost,
    PbxSynced,
    PhoneState,
    Presence,
    Restore,
    Stalled,
    StoredPresence,
)
from cti_router.core.instructions import Accepted, Dial, Play, Refused, Release, Wait
from cti_router.core.plans.callback_rules import why_not_called
from tests.core.board import CONFIGURATION, EMPLOYER_CLI
from tests.core.callback_board import RULES, CallbackBoard, calling_back

OUT = CallOut(str(EMPLOYER_CLI), 25.0, "33261910001")


def at_the_end(board: CallbackBoard, call: str = "c1") -> None:
    """A caller has waited in vain, and hears the plan's last sounds."""
    board.arrive(call)
    assert isinstance(board.ask(call), Wait)
    board.wait(64)
    board.silent.add(call)
    board.wait(1)
    assert board.ask(call) == Play(("sorry",), interruptible=False)


# committed before anybody hears that it is noted


def test_a_caller_hears_that_it_is_noted_when_the_database_has_it_and_not_before() -> None:
    board = CallbackBoard().open()
    at_the_end(board)
    (store,) = [effect for effect in board.effects if isinstance(effect, StoreCallback)]
    assert isinstance(board.ask("c1", Last.PLAYED), Wait)
    board.nudged()
    board.give(CallbackStored(store.stored.id, store.stored.revision))
    assert board.nudged() == ["c1"]
    assert board.ask("c1") == Play(("noted",), interruptible=False)
    assert board.ask_again("c1") == Play(("noted",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    assert row.outcome is Outcome.CALLBACK
    assert (store.stored.e164, store.stored.asked_in, store.stored.site) == (EMPLOYER_CLI, "c1", "caen")


def test_a_commit_during_the_last_sounds_is_told_after_them() -> None:
    board = CallbackBoard().open()
    at_the_end(board)
    board.commit()
    assert board.nudged() == ["c1"], "the one that brought him to the last sounds"
    assert board.ask("c1", Last.PLAYED) == Play(("noted",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()


def test_without_a_database_nothing_is_noted_and_he_hears_the_regrets() -> None:
    board = CallbackBoard().open()
    at_the_end(board)
    board.commit(away=True)
    assert board.ask("c1", Last.PLAYED) == Play(("regrets",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    assert row.outcome is Outcome.UNSERVED
    assert row.because[-1] == "rappel non noté : base de données indisponible"
    assert not board.switchboard.callbacks.open


def test_a_database_that_does_not_answer_has_not_noted_and_is_told_so_when_it_is_back() -> None:
    board = CallbackBoard().open()
    at_the_end(board)
    (store,) = [effect.stored for effect in board.effects if isinstance(effect, StoreCallback)]
    board.effects.clear()
    assert isinstance(board.ask("c1", Last.PLAYED), Wait)
    board.wait(5)
    assert board.ask("c1") == Play(("regrets",), interruptible=False)
    board.give(CallbackStored(store.id, store.revision))
    assert not board.switchboard.callbacks.open, "it came too late: he was told that it is not noted"
    board.commit(away=True)
    board.wait(5)
    board.commit()
    assert board.rows[store.id].outcome is Outcome.NOT_NOTED
    board.wait(60)
    assert not [effect for effect in board.effects if isinstance(effect, StoreCallback)], "once is enough"


def test_nothing_is_noted_before_the_database_told_what_it_has() -> None:
    board = CallbackBoard()
    super(CallbackBoard, board).open()
    at_the_end(board)
    assert not [effect for effect in board.effects if isinstance(effect, StoreCallback)]
    assert board.ask("c1", Last.PLAYED) == Play(("regrets",), interruptible=False)
    board.hang_up("c1")
    assert "rappel impossible : base de données indisponible" in board.history()["c1"].because


def test_who_hangs_up_meanwhile_is_called_back_all_the_same() -> None:
    board = CallbackBoard().open()
    at_the_end(board)
    board.hang_up("c1")
    board.commit()
    assert board.the_callback().callback is not None
    assert board.state_of(board.the_callback().id) is CallbackState.SEEKING


def test_a_supervisor_asks_for_a_waiting_caller() -> None:
    board = CallbackBoard().open()
    board.arrive("c1")
    board.ask("c1")
    assert board.give(AskCallback("c1", author="paul")).answer is None
    assert board.commit() == Accepted()
    assert board.ask("c1") == Play(("noted",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.CALLBACK
    assert "rappel demandé par paul" in board.history()["c1"].because
    assert board.the_callback().ticket.arrived_at == board.history()["c1"].arrived_at


def test_a_supervisor_hears_that_the_database_is_away_and_the_caller_waits_on() -> None:
    board = CallbackBoard().open()
    board.arrive("c1")
    board.ask("c1")
    board.give(AskCallback("c1", author="paul"))
    assert board.commit(away=True) == Refused("the database is away: nothing is noted")
    assert isinstance(board.ask("c1"), Wait)
    board.present("rose")
    assert board.nudged() == ["c1"]


def test_an_advisor_who_takes_the_call_meanwhile_makes_it_needless() -> None:
    board = CallbackBoard().open()
    board.arrive("c1")
    board.ask("c1")
    board.give(AskCallback("c1", author="paul"))
    board.present("rose")
    assert board.commit() == Refused("an advisor took his call meanwhile")
    assert isinstance(board.ask("c1"), Dial)
    assert not board.switchboard.callbacks.open


# who may be called back, and how often


@pytest.mark.parametrize(
    ("e164", "why"),
    [
        (33899700123, "begins with +338, which “refuse” names"),
        (447700900123, "begins with none of +33: “allow” names those that may be called"),
        (3639, "has 4 digits: it is no subscriber's"),
        (331699, "has 6 digits: it is no subscriber's"),
        (3326191010, "has 10 digits instead of 11"),
        (33261910101, None),
    ],
)
def test_premium_foreign_and_short_numbers_are_not_called(e164: int, why: str | None) -> None:
    assert why_not_called(RULES, e164) == why


def test_what_is_allowed_by_a_longer_prefix_is_called() -> None:
    rules = replace(RULES, allow=("33", "33805", "44"))
    assert why_not_called(rules, 33805123456) is None
    assert why_not_called(rules, 33812123456) is not None
    assert why_not_called(rules, 447700900123) is None


def test_one_callback_a_number_so_many_a_day_and_so_many_in_all() -> None:
    board = CallbackBoard().open()
    first = board.noted()
    ask = AskCallback(e164=EMPLOYER_CLI, profile="employer", author="paul")
    assert board.give(ask).answer == Refused("+33261910101 is to be called back already")
    board.give(CancelCallback(first, "paul"))
    board.give(CancelCallback(board.noted(), "paul"))
    answer = board.give(ask).answer
    assert answer == Refused("+33261910101 was noted in the last 24 hours as often as “per_day” allows")
    board.now += 86_400
    board.noted()
    board.noted(33261910102)
    board.noted(33261910103)
    answer = board.give(replace(ask, e164=33261910104)).answer
    assert answer == Refused("3 callbacks are open, as many as “at_most” allows")


def test_how_often_one_asked_outlives_the_router() -> None:
    board = CallbackBoard().open()
    board.give(CancelCallback(board.noted(), "paul"))
    board.give(CancelCallback(board.noted(), "paul"))
    board.commit()
    later = CallbackBoard(now="2026-11-23 10:00")
    later.open()
    later.give(CallbacksRead(tuple(board.rows.values())))
    answer = later.give(AskCallback(e164=EMPLOYER_CLI, author="paul")).answer
    assert answer == Refused("+33261910101 was noted in the last 24 hours as often as “per_day” allows")


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (AskCallback("nobody"), "no call 'nobody' is in progress"),
        (AskCallback(e164=0), "+0 has 1 digits: it is no subscriber's"),
        (AskCallback(e164=EMPLOYER_CLI, dnis=339), "+339 is none of the service's numbers"),
        (AskCallback(e164=EMPLOYER_CLI, profile="king"), "unknown profile 'king'"),
        (CancelCallback("nothing"), "no callback 'nothing' is open"),
    ],
)
def test_what_cannot_be_is_refused(request_: AskCallback | CancelCallback, why: str) -> None:
    board = CallbackBoard().open()
    assert board.give(request_).answer == Refused(why)


def test_a_hidden_number_cannot_be_called() -> None:
    board = CallbackBoard().open()
    board.arrive("c1", cli="")
    assert board.give(AskCallback("c1")).answer == Refused("his number is hidden, or none that can be called")


def test_a_call_that_is_served_is_not_called_back() -> None:
    board = CallbackBoard().open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    assert board.give(AskCallback("c1")).answer == Refused("call c1 does not wait: it is talking")


def test_a_service_that_does_not_call_back_says_so() -> None:
    board = CallbackBoard(calling_back(rules=None)).open()
    answer = board.give(AskCallback(e164=EMPLOYER_CLI)).answer
    assert answer == Refused("nobody is called back: add a “callback” section to the configuration")


def test_without_a_line_out_nobody_can_be_called() -> None:
    board = CallbackBoard(calling_back(lines=0)).open()
    answer = board.give(AskCallback(e164=EMPLOYER_CLI)).answer
    assert answer == Refused("no PBX has a line to the public network: tell “public_calls” of a site")


def test_the_second_who_asks_from_a_number_is_told_that_it_is_noted() -> None:
    board = CallbackBoard().open()
    board.noted()
    at_the_end(board)
    assert board.ask("c1", Last.PLAYED) == Play(("noted",), interruptible=False)
    board.hang_up("c1", last=Last.PLAYED)
    assert board.history()["c1"].outcome is Outcome.CALLBACK
    assert board.state_of(board.the_callback().id) is CallbackState.SEEKING


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
    assert answer == Refused("a contributor who was called back can only be hung up on")
    assert board.ask_for(HangUpCall("rose")) == Accepted()
    assert board.taken(HangUp, lambda hang_up: hang_up.channel) == [f"PJSIP/{ring.offer}"]


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
