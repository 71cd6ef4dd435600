"""The conversation with the PBXs: asks repeated, late or never come; phone codes; links and restarts."""

from cti_router.core.advisors.advisor import Activity
from cti_router.core.history import Outcome
from cti_router.core.inputs import Last, PbxLost, PbxSynced, PhoneState, Presence, Restore, SetPresence
from cti_router.core.instructions import Dial, Play, Refused, Release, Wait
from tests.core.board import Board

# ── the ask loop ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_asked_twice_the_router_answers_the_same() -> None:
    board = Board().open("rose", "remi")
    board.arrive("c1")
    told = board.ask("c1")
    assert board.ask_again("c1") == told
    assert board.ask_again("c1") == told
    assert board.state("remi").activity is Activity.IDLE


def test_an_older_ask_is_refused() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    first = board._asks["c1"]
    board.ask("c1")
    assert isinstance(board.give(first).answer, Refused)


def test_an_offer_stands_until_its_dial_reports() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    told = board.ask("c1")
    assert board.ask("c1", Last.WAITED) == told  # the answer was cut by a nudge: the dial never happened
    assert board.ask("c1", Last.NO_ANSWER, offer="another") == told


def test_only_who_waits_is_nudged() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.nudged()
    assert isinstance(board.ask("c1"), Dial)
    board.present("remi")
    board.wait(3)
    assert board.nudged() == []


def test_a_caller_who_does_not_come_for_his_news_gives_the_advisor_back() -> None:
    board = Board().open("rose")
    board.silent.add("c1")
    board.arrive("c1")
    board.wait(4)
    assert board.state("rose").activity is Activity.IDLE
    board.nudged()
    board.arrive("c2")
    assert board.nudged() == ["c2"]  # c1 is unheard: no use in offering him again before he asks
    board.talk("c2", "rose")


def test_a_caller_never_heard_of_again_is_closed_as_unseen_and_his_age_survives() -> None:
    board = Board().open()
    board.arrive("c1")
    arrived_at = board.call("c1").ticket.arrived_at
    board.silent.add("c1")
    board.wait(60)
    assert board.history()["c1"].outcome is Outcome.ENDED_UNSEEN
    assert isinstance(board.ask("c1"), Wait)  # he was there after all
    assert board.call("c1").ticket.arrived_at == arrived_at


def test_a_code_on_the_phone_changes_presence_and_is_confirmed() -> None:
    board = Board().open()
    told = board.ask("p1", Last.ARRIVED, code="1", dnis="201", site="rouen")
    assert told == Play(("activated",), interruptible=False)
    assert board.state("rose").presence is Presence.AVAILABLE
    assert board.ask("p1", Last.PLAYED, code="1", dnis="201", site="rouen") == Release()
    board.ask("p2", Last.ARRIVED, code="2", dnis="201", site="rouen")
    assert board.state("rose").presence is Presence.NOT_READY
    assert board.ask("p3", Last.ARRIVED, code="3", dnis="201", site="rouen") == Play(("beeperr",), False)
    assert board.switchboard.calls == {}


def test_a_request_for_nobody_is_refused_with_a_sentence() -> None:
    answer = Board().open().give(SetPresence("zorro", Presence.AVAILABLE)).answer
    assert answer == Refused("unknown advisor 'zorro'")


# ── links, restarts ──────────────────────────────────────────────────────────────────────────────────────────────


def test_no_offer_before_the_pbxs_have_told_what_is_there() -> None:
    board = Board()
    board.open("rose")
    fresh = Board()
    fresh.give(Restore(()))
    fresh.present("rose")
    fresh.phone("rose", PhoneState.FREE)
    assert fresh.arrive("c1") == Wait(2.0)
    assert fresh.nudged() == []
    fresh.wait(2.1)  # Caen has not told: its caller cannot be nudged, but he asks
    assert fresh.state("rose").activity is Activity.OFFERED


def test_without_its_link_a_site_is_not_offered() -> None:
    board = Board().open("rose")
    board.give(PbxLost("rouen"))
    board.arrive("c1")
    assert board.nudged() == []
    board.give(PbxSynced("rouen", (), {"201": PhoneState.FREE}, {}))
    assert board.nudged() == ["c1"]


def test_a_call_gone_while_the_link_was_down_is_closed_as_unseen() -> None:
    board = Board().open()
    board.arrive("c1")
    board.give(PbxLost("caen"))
    board.wait(5)
    board.give(PbxSynced("caen", (), {}, {}))
    assert board.history()["c1"].outcome is Outcome.ENDED_UNSEEN


def test_the_sip_call_id_told_once_stays_with_the_call_to_its_end() -> None:
    board = Board().open()
    board.ask("c1", Last.ARRIVED, sip="a1@192.0.2.7")
    assert board.history()["c1"].sip == "a1@192.0.2.7"  # in the row that a restart finds
    board.ask("c1", sip="")
    board.hang_up("c1", sip="")
    assert board.history()["c1"].sip == "a1@192.0.2.7"
