"""Why he calls, by key; what outlives a router, a transfer and a reload; and what his advisor is told."""

from dataclasses import replace

import pytest

from cti_router.core.aside import Transfer
from cti_router.core.callback import CallbacksRead
from cti_router.core.configuration import AtClose, CallbackRules
from cti_router.core.effects import Decided
from cti_router.core.heard import CallbackOffer, Treatment
from cti_router.core.inputs import Configure, Last, PbxLost, PhoneState
from cti_router.core.instructions import Accepted, Collect, Dial, Play, Wait
from cti_router.core.order import Close
from tests.core.board import CONFIGURATION, with_greeting
from tests.core.callback_board import RULES, calling_back
from tests.core.ordered import given
from tests.core.treated import (
    ASKED,
    FULL,
    MOTIVES,
    PLAIN,
    SOUND_S,
    STRIKE,
    TreatedBoard,
    opened,
    treated,
    with_number,
)

# ── why he calls ─────────────────────────────────────────────────────────────────────────────────────────────────────


def asked(**changes: object) -> TreatedBoard:
    board = TreatedBoard(treated(ASKED, with_greeting(), **changes)).open()
    board.arrive("c1")
    board.ask("c1", Last.PLAYED)
    return board


QUESTION = Collect(("cti/menu",), 1, 10.0)


def test_a_motive_is_chosen_by_key_after_the_greeting_and_before_the_wait() -> None:
    board = asked()
    assert board.told_last() == QUESTION
    board.present("rose")
    assert board.nudged() == []  # nobody is sought while he is asked
    told = board.key("1")
    assert isinstance(told, Dial)
    assert board.call("c1").ticket.motive == "schedule"
    assert "motive=schedule" not in board.ask_ticket("c1")
    assert "/schedule/" in board.ask_ticket("c1")


def test_what_he_chose_asks_for_more_and_is_in_the_ledger() -> None:
    board = asked()
    board.key("1")
    board.present("remi")  # employers 3: the motive asks for 4
    assert board.nudged() == []
    record = board.call("c1").record(board.now)
    assert "a choisi « Échéancier »" in record.because
    assert record.decisions[0].what == "motive"
    assert any(isinstance(effect, Decided) and effect.decision.what == "motive" for effect in board.effects)


def test_a_wrong_key_is_asked_again_and_then_he_goes_on_without() -> None:
    board = asked()
    assert board.key("9") == QUESTION
    assert board.key("") == Play(("cti/welcome",))
    assert board.call("c1").ticket.motive is None
    assert "n’a pas choisi de motif" in board.call("c1").record(board.now).because


def test_a_right_key_at_the_second_try() -> None:
    board = asked()
    board.key("")
    assert board.key("2") == Play(("cti/welcome",))
    assert board.call("c1").ticket.motive == "refund"


def test_the_menu_holds_his_place() -> None:
    board = asked()
    board.wait(5)
    board.arrive("c2")
    board.ask("c2", Last.PLAYED)
    board.key("2", "c2")
    board.wait(20)
    board.key("2", "c1")
    board.nudged()
    board.present("rose")
    assert board.nudged() == ["c1"]


@pytest.mark.parametrize("changes", [{"relay": True}, {"motive": "refund"}])
def test_who_cannot_key_and_who_said_it_by_his_number_is_not_asked(changes: dict[str, object]) -> None:
    board = TreatedBoard(with_number(treated(ASKED, with_greeting()), **changes)).open()
    board.arrive("c1")
    assert board.ask("c1", Last.PLAYED) == Play(("cti/welcome",))


def test_a_caller_who_is_already_in_his_music_is_brought_to_the_question() -> None:
    board = opened(ASKED)
    board.arrive("c1")
    assert board.nudged() == ["c1"]
    assert board.ask("c1") == QUESTION


def test_a_service_that_closed_meanwhile_asks_nobody() -> None:
    rules = replace(CONFIGURATION.rules, at_close=AtClose.DISMISS)
    board = TreatedBoard(treated(ASKED, with_greeting(), rules=rules)).open()
    board.arrive("c1")
    given(board, Close("alerte", sounds=("cti/alerte",)))
    assert board.ask("c1", Last.PLAYED) == Play(("cti/alerte",), interruptible=False)


def test_a_motive_that_is_none_any_more_counts_as_a_wrong_key() -> None:
    board = asked()
    others = {id_: motive for id_, motive in MOTIVES.items() if id_ != "schedule"}
    board.give(Configure(treated(ASKED, with_greeting(), motives=others, version="other")))
    assert board.key("1") == QUESTION
    assert board.key("2") == Play(("cti/welcome",))


def test_a_menu_that_is_gone_asks_no_more() -> None:
    board = asked()
    board.give(Configure(treated(PLAIN, with_greeting(), version="other")))
    assert board.key("1") == QUESTION  # he has one more try, of which nothing comes
    assert board.key("1") == Play(("cti/welcome",))


# ── restarts, transfers, cuts ────────────────────────────────────────────────────────────────────────────────────────


def next_router(board: TreatedBoard) -> TreatedBoard:
    """Another router, which c1 of this one is about to ask; Rose is on the phone."""
    new = TreatedBoard(board.switchboard.configuration)
    new.now, new.began = board.now, board.began
    new.open("rose")
    new.phone("rose", PhoneState.IN_USE)
    new.take_over(board, "c1")
    return new


@pytest.mark.parametrize("treatment", [PLAIN, ASKED])
def test_who_was_welcomed_by_another_router_is_welcomed_no_more(treatment: Treatment) -> None:
    board = TreatedBoard(treated(treatment, with_greeting(), information=(STRIKE,))).open()
    board.arrive("c1")
    board.ask("c1", Last.PLAYED)
    board.wait(30)
    new = next_router(board)
    assert isinstance(new.ask("c1", Last.WAITED), Wait)
    new.wait(60)
    assert new.sounds() == []


def test_the_motive_he_chose_outlives_the_router() -> None:
    board = asked()
    board.key("1")
    new = next_router(board)
    new.ask("c1", Last.WAITED)
    assert new.call("c1").ticket.motive == "schedule"


def test_an_announcement_that_falls_due_later_is_made_by_the_next_router() -> None:
    board = opened(replace(FULL, comfort=None), "rose")
    board.arrive("t1")
    board.talk("t1", "rose")
    board.arrive("c1")
    board.wait(40)
    new = next_router(board)
    new.ask("c1", Last.WAITED)
    new.wait(60)
    assert [(at, name[:14]) for at, name in new.sounds()] == [(90.0, "cti/position-1")]


def test_a_transferred_caller_is_welcomed_no_more() -> None:
    board = opened(FULL, "rose")
    board.arrive("c1")
    board.ask("c1")
    board.phone("rose", PhoneState.IN_USE)
    board.wait(10)
    assert board.ask_for(Transfer("rose", "health", 4)) == Accepted()
    board.phone("rose", PhoneState.FREE)
    board.forget()
    board.ask("c1", Last.TALKED, offer=board.call("c1").ticket.offer or "", talked_s=10.0)
    board.wait(25)
    assert "welcome" not in board.names()
    assert isinstance(board.heard["c1"][0].told, Wait)


def test_without_a_link_he_hears_music_until_it_is_back() -> None:
    board = opened(FULL)
    board.give(PbxLost("caen"))
    board.arrive("c1")
    board.wait(10)
    assert board.sounds() == []
    assert {each.told for each in board.heard["c1"]} == {Wait(2.0, "calm")}


def test_other_treatments_begin_with_what_comes_next() -> None:
    board = opened(FULL)
    board.arrive("c1")
    board.ask("c1")
    board.wait(SOUND_S)
    board.give(Configure(treated(replace(PLAIN, music="other"), version="other")))
    board.wait(60)
    assert board.names() == ["welcome", "bring"]
    assert board.told_last() == Wait(10.0, "other")


# ── the advisor's whisper ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_advisor_is_told_of_his_caller() -> None:
    board = asked(whisper=True)
    board.key("1")
    board.wait(100)
    board.present("rose")
    told = board.ask("c1", Last.WAITED)
    assert isinstance(told, Dial)
    assert told.whisper == ("cti/profile/employer", "cti/motive/schedule", "cti/say/lasting-2")
    board.wait(10)
    assert board.ask_again("c1") == told


def test_no_whisper_where_none_is_wanted() -> None:
    board = opened(PLAIN, "rose")
    board.arrive("c1")
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert told.whisper == ()


# ── a callback ───────────────────────────────────────────────────────────────────────────────────────────────────

OFFERING = Treatment(
    "offering", callback=CallbackOffer(30.0, 60.0, ("cti/offer",), ("cti/confirm",), ("cti/other",), (), ("cti/no",))
)
OFFERED = Collect(("cti/offer",), 1, 10.0, interruptible=True)


def offering() -> TreatedBoard:
    board = TreatedBoard(treated(OFFERING, sites=calling_back().sites, callback=RULES)).open()
    board.give(CallbacksRead(()))
    board.arrive("c1")
    board.wait(31)
    return board


def test_a_callback_is_offered_when_its_time_has_come_and_a_free_advisor_cuts_it() -> None:
    board = offering()
    assert board.told_last() == OFFERED
    assert board.ask_again("c1") == OFFERED
    board.present("rose")
    assert board.nudged() == ["c1"]
    assert isinstance(board.ask("c1", Last.WAITED), Dial)


def test_an_offer_that_is_not_taken_comes_again_at_its_next_time() -> None:
    board = offering()
    assert isinstance(board.key(""), Wait)
    board.wait(50)
    assert board.told_last() != OFFERED
    board.wait(20)
    assert board.told_last() == OFFERED


def test_an_offer_that_is_taken_asks_on() -> None:
    board = offering()
    assert board.key("1") == Collect(("cti/confirm",), 1, 10.0)


@pytest.mark.parametrize("callback", [None, RULES])
def test_where_nobody_is_called_back_and_by_a_relay_number_nothing_is_offered(callback: CallbackRules | None) -> None:
    configuration = treated(OFFERING, callback=callback)
    board = TreatedBoard(with_number(configuration, relay=callback is not None)).open()
    board.arrive("c1")
    board.wait(100)
    assert {type(each.told) for each in board.heard["c1"]} == {Wait}
