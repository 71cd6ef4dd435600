"""The phone of the day: an advisor sits where there is room, and his calls come there."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cti_router.core.configuration import Advisor, Configuration
from cti_router.core.effects import PresenceChanged
from cti_router.core.identity import Cli
from cti_router.core.inputs import (
    Ask,
    Configure,
    Last,
    PbxSynced,
    PhoneChanged,
    PhoneState,
    Presence,
    Restore,
    SetPresence,
    StoredPresence,
)
from cti_router.core.instructions import Accepted, Answer, Dial, Play, Refused
from cti_router.core.order import Force
from tests.core.board import CONFIGURATION, Board
from tests.core.ordered import given, undone

SITES = {**CONFIGURATION.sites, "rouen": replace(CONFIGURATION.sites["rouen"], phones=("291",))}
SPARE: Configuration = replace(CONFIGURATION, sites=SITES)
FREE = {"201": PhoneState.FREE, "202": PhoneState.FREE, "291": PhoneState.FREE}


def opened(*available: str) -> Board:
    board = Board(SPARE).open(*available)
    board.give(PbxSynced("rouen", (), FREE, {}))
    return board


def takes(board: Board, advisor: str, phone: str, presence: Presence = Presence.AVAILABLE) -> None:
    assert board.give(SetPresence(advisor, presence, phone=phone)).answer == Accepted()


def refused(board: Board, advisor: str, phone: str = "", presence: Presence = Presence.AVAILABLE) -> str:
    said = board.give(SetPresence(advisor, presence, phone=phone)).answer
    assert isinstance(said, Refused)
    return said.why


def phone_of(board: Board, advisor: str) -> str:
    return board.state(advisor).who.phone


def stored(board: Board) -> StoredPresence:
    return board.taken(PresenceChanged, lambda effect: effect.stored)[-1]


def advisors(**changed: Mapping[str, object]) -> Configuration:
    """Those advisors with other values."""
    new = {id_: replace(CONFIGURATION.advisors[id_], **values) for id_, values in changed.items()}  # type: ignore[arg-type]
    return replace(SPARE, version="next", advisors={**CONFIGURATION.advisors, **new})


def test_his_calls_ring_the_phone_he_chose() -> None:
    board = opened()
    takes(board, "rose", "291")
    assert stored(board).phone == "291"
    board.arrive("c1")
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert (told.advisor, told.phone) == ("rose", "291")
    board.give(PhoneChanged("rouen", "291", PhoneState.RINGING))
    board.give(PhoneChanged("rouen", "291", PhoneState.IN_USE))
    assert board.state("rose").activity == "talking"


def test_what_his_own_phone_shows_is_no_longer_about_him() -> None:
    board = opened()
    takes(board, "rose", "291")
    board.give(PhoneChanged("rouen", "201", PhoneState.IN_USE))
    assert board.state("rose").ready(board.now)
    board.give(PhoneChanged("rouen", "291", PhoneState.IN_USE))
    assert not board.state("rose").ready(board.now)
    board.give(PbxSynced("rouen", (), {"201": PhoneState.FREE}, {}))
    assert board.state("rose").phone is PhoneState.UNREACHABLE


def test_what_is_dialled_on_a_phone_is_of_who_has_it_today() -> None:
    board = opened()
    takes(board, "remi", "201")
    ask = Ask("c9", "rouen", "PJSIP/201-1", 0, Last.ARRIVED, Cli("", None), "201", code="2")
    answer = board.give(ask).answer
    assert isinstance(answer, Answer)
    assert isinstance(answer.instruction, Play)
    assert [board.state(who).presence for who in ("remi", "rose")] == [Presence.NOT_READY, Presence.LOGGED_OUT]


def test_two_do_not_have_one_phone() -> None:
    board = opened("rose")
    assert refused(board, "remi", "201") == "phone 201 is Rose's today: choose another one for Remi"
    takes(board, "rose", "291")
    takes(board, "remi", "201")
    assert refused(board, "rose", "201") == "phone 201 is Remi's today: choose another one for Rose"


def test_whose_phone_was_taken_while_he_was_away_needs_another() -> None:
    board = opened()
    takes(board, "remi", "201")
    assert phone_of(board, "rose") == ""
    assert "is Remi's today" in refused(board, "rose")
    takes(board, "rose", "202")
    assert (phone_of(board, "remi"), phone_of(board, "rose")) == ("201", "202")


def test_a_phone_nobody_knows_is_refused_with_those_there_are() -> None:
    board = opened()
    assert refused(board, "rose", "101") == "no phone '101' at rouen: choose one of 201, 202, 291"
    assert "leave the phone out" in refused(board, "rose", "291", Presence.LOGGED_OUT)


def test_who_logs_out_gives_it_back_and_who_had_none_has_his_own_again() -> None:
    board = opened()
    takes(board, "remi", "201")
    board.present("remi", Presence.LOGGED_OUT)
    assert (phone_of(board, "remi"), phone_of(board, "rose")) == ("202", "201")
    assert stored(board).phone == ""
    board.present("rose")
    assert board.state("rose").ready(board.now)


def test_who_is_made_available_by_order_has_no_phone_until_his_is_given_back() -> None:
    board = opened()
    takes(board, "remi", "201")
    order = given(board, Force("rose", Presence.AVAILABLE))
    assert not board.state("rose").ready(board.now)
    assert board.switchboard.roster.not_ready_because("rose", board.now) == "his phone 201 is somebody else's today"
    board.present("remi", Presence.LOGGED_OUT)
    assert board.state("rose").ready(board.now)
    undone(board, order)


def test_the_phone_of_the_day_outlasts_absences() -> None:
    board = opened()
    takes(board, "rose", "291")
    board.present("rose", Presence.NOT_READY, "pause")
    board.present("rose")
    assert phone_of(board, "rose") == "291"


def test_it_outlives_a_restart_even_where_his_own_comes_first() -> None:
    board = Board(SPARE)
    chose = StoredPresence("remi", Presence.AVAILABLE, "", board.now, phone="201")
    gone = StoredPresence("rose", Presence.LOGGED_OUT, "", board.now)
    board.give(Restore((gone, chose)))
    assert (phone_of(board, "remi"), phone_of(board, "rose")) == ("201", "")


def test_one_that_is_no_phone_of_the_site_any_more_is_his_own_again() -> None:
    board = opened()
    takes(board, "rose", "291")
    board.give(Configure(replace(CONFIGURATION, version="without 291")))
    assert phone_of(board, "rose") == "201"
    board.give(Configure(SPARE))
    assert phone_of(board, "rose") == "291"


def test_nobody_changes_his_phone_in_a_call_but_may_after_it() -> None:
    board = opened("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    assert "has a call on phone 201" in refused(board, "rose", "291")
    board.end_talk("c1", "rose")
    takes(board, "rose", "291")
    assert phone_of(board, "rose") == "291"


def test_who_logs_out_in_his_last_call_keeps_its_phone_to_the_end() -> None:
    board = opened("remi")
    takes(board, "remi", "291")
    board.arrive("c1")
    told = board.ask("c1")
    assert isinstance(told, Dial)
    board.phone("remi", PhoneState.RINGING)
    board.phone("remi", PhoneState.IN_USE)
    board.present("remi", Presence.LOGGED_OUT)
    assert "is Remi's today" in refused(board, "rose", "291")
    board.end_talk("c1", "remi")
    assert phone_of(board, "remi") == "202"
    takes(board, "rose", "291")


def test_a_reload_that_gives_him_another_phone_waits_for_the_end_of_his_call() -> None:
    board = opened("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.give(Configure(advisors(rose={"phone": "203"})))
    assert phone_of(board, "rose") == "201"
    board.end_talk("c1", "rose")
    assert phone_of(board, "rose") == "203"


@pytest.mark.parametrize("new", [{"site": "caen"}, {"site": "caen", "phone": "109"}])
def test_who_moves_to_another_site_has_his_phone_there(new: dict[str, object]) -> None:
    board = opened("rose")
    takes(board, "rose", "291")
    board.give(Configure(advisors(rose=new)))
    expected: Advisor = board.switchboard.configuration.advisors["rose"]
    assert board.state("rose").who == expected
