"""What users of other call routers complain of: waits untrue, and what a breakdown, a reload or a transfer does."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cti_router.core.advisors.advisor import Activity
from cti_router.core.aside import Transfer
from cti_router.core.configuration import (
    Advisor,
    ExpectedWaitRules,
)
from cti_router.core.effects import PresenceChanged
from cti_router.core.history import Outcome
from cti_router.core.inputs import (
    Configure,
    EndWrapUp,
    Last,
    NudgeFailed,
    PbxLost,
    PbxSynced,
    PhoneState,
    Presence,
    Restore,
    SetPresence,
    StoredPresence,
)
from cti_router.core.instructions import Accepted, Dial, Play, Release, Wait
from cti_router.core.tickets.estimate import Silence
from tests.core.board import CONFIGURATION, Board, with_capacity, with_expected_wait
from tests.core.peers_board import (
    TEN_MINUTES_S,
    after_a_restart,
    holders,
    nudged_one_after_the_other,
)
from tests.core.second_level import remi_talks

# ── expected waits ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_wazo_the_expected_wait_counts_only_those_ahead() -> None:
    """Wazo: the estimate counted everybody in the queue, those behind as well."""
    board = Board().open("rose")
    board.arrive("talks")
    board.talk("talks", "rose")
    board.arrive("first")
    board.arrive("mine")
    board.wait(1)
    alone = board.switchboard.expected.of(board.call("mine").ticket, board.now)
    for n in range(20):
        board.arrive(f"behind{n}")
    board.arrive("health", profile="health")  # ahead of nobody whom Rose serves
    crowded = board.switchboard.expected.of(board.call("mine").ticket, board.now)
    assert (alone.ahead, crowded.ahead) == (1, 1)
    assert alone.estimate == crowded.estimate


def test_genesys_an_expected_wait_that_does_not_come_true_is_not_told() -> None:
    """Genesys: users call the estimate "very skewed", and it is announced all the same."""
    board = Board(with_expected_wait(ExpectedWaitRules(least_outcomes=3))).open("rose")
    board.arrive("c0")
    board.talk("c0", "rose")
    for n in range(1, 5):
        board.arrive(f"c{n}")
        board.end_talk(f"c{n - 1}", "rose", 1)  # a talk of five minutes was expected
        board.hang_up(f"c{n - 1}")
        board.give(EndWrapUp("rose"))
        board.talk(f"c{n}", "rose")
    board.arrive("last")
    said = board.switchboard.expected.of(board.call("last").ticket, board.now)
    assert (said.silent, said.told) == (Silence.UNSURE, None)
    assert said.hit_rate is not None
    assert said.hit_rate < 0.65


# ── when something breaks ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reverse", [False, True])
def test_app_queue_the_place_in_the_queue_outlives_the_process(reverse: bool) -> None:
    """app_queue: the queue is in the process's memory, and the callers' places die with it."""
    former = Board().open()
    for call, profile in (("a", "employer"), ("b", "urgent"), ("c", "employer")):
        former.arrive(call, profile=profile)
        former.ask(call)
        former.wait(20)
    board = after_a_restart(former, reverse=reverse)
    assert nudged_one_after_the_other(board, "rose", "remi") == ["b", "a"]
    assert board.call("c").ticket.arrived_at == former.call("c").ticket.arrived_at


def test_omnileads_a_start_purges_no_waiting_list() -> None:
    """OMniLeads: at its start the waiting list is emptied, whoever still hears music."""
    former = Board().open()
    for n in range(5):
        former.arrive(f"c{n}")
        former.ask(f"c{n}")
        former.wait(1)
    board = after_a_restart(former)
    assert board.switchboard.matching.waiting() == [f"c{n}-1" for n in range(5)]
    assert all(row.outcome is None for row in board.history().values())


def test_wazo_an_advisor_is_not_paused_for_ever_because_the_daemon_was_down() -> None:
    """Wazo: an agent whose wrap-up ended while the daemon was down stayed paused."""
    board = Board()
    ended_at = board.now - 20.0
    stored = StoredPresence("rose", Presence.AVAILABLE, "", board.now - 600.0, wrap_up_until_at=ended_at)
    board.give(Restore((stored,)))
    for site, phones in (("rouen", ("201", "202")), ("caen", ("101",))):
        board.give(PbxSynced(site, (), dict.fromkeys(phones, PhoneState.FREE), {}))
    assert board.state("rose").activity is Activity.IDLE
    board.arrive("c1")
    assert isinstance(board.ask("c1"), Dial)


def _leaves_untold(board: Board) -> None:
    board.leave("c1")


def _nudge_fails(board: Board) -> None:
    board.give(NudgeFailed("c1"))
    board.leave("c1")


def _never_asks(board: Board) -> None:
    board.silent.add("c1")


def _never_reports(board: Board) -> None:
    board.ask("c1")
    board.phone("rose", PhoneState.RINGING)
    board.silent.add("c1")
    board.phone("rose", PhoneState.FREE)


def _talk_ends_unseen(board: Board) -> None:
    board.talk("c1", "rose")
    board.give(PbxLost("rouen"))
    board.give(PbxLost("caen"))
    board.wait(30)
    board.give(PbxSynced("caen", (), {"101": PhoneState.FREE}, {}))
    board.give(PbxSynced("rouen", (), {"201": PhoneState.FREE, "202": PhoneState.FREE}, {}))


@pytest.mark.parametrize("mishap", [_leaves_untold, _nudge_fails, _never_asks, _never_reports, _talk_ends_unseen])
def test_freeswitch_1973_2540_no_advisor_stays_reserved(mishap: Callable[[Board], None]) -> None:
    """signalwire/freeswitch#1973, #2540: agents stuck in "Reserved" or "In a queue call" until somebody freed them.

    Issabel#66: events of the PBX that were missed froze the dialler.
    """
    board = Board().open("rose")
    board.arrive("c1")
    assert board.state("rose").activity is Activity.OFFERED
    mishap(board)
    board.wait(90)  # ring time, its grace, a wrap-up
    assert board.state("rose").activity is Activity.IDLE
    assert board.state("rose").offer is None
    board.nudged()
    board.arrive("next")
    assert isinstance(board.ask("next"), Dial)


def test_freeswitch_2540_no_ghost_caller_is_rung_for() -> None:
    """Ghost members: agents were rung for callers who had gone long before."""
    board = Board().open()
    board.arrive("ghost")
    board.ask("ghost")
    board.silent.add("ghost")
    board.wait(40)  # nothing was heard of him, not even that he is gone
    assert "ghost" not in board.switchboard.calls
    board.nudged()
    board.present("rose")
    assert (board.nudged(), holders(board)) == ([], [])


def test_asterisk_1972_a_reload_of_thousands_of_advisors_says_nothing_about_each() -> None:
    """asterisk#1972: a reload with thousands of members floods the manager interface, and the phones' states."""
    thousands = {
        f"a{n}": Advisor(f"a{n}", f"A{n}", ("rouen", "caen")[n % 2], str(1000 + n), {"employers": 1 + n % 5})
        for n in range(5000)
    }
    many = replace(CONFIGURATION, advisors={**CONFIGURATION.advisors, **thousands})
    board = Board(many).open("remi", *(f"a{n}" for n in range(0, 5000, 2)))
    board.arrive("talks")
    told = board.ask("talks")
    assert isinstance(told, Dial)
    board.phone(told.advisor, PhoneState.IN_USE)
    for _ in range(3):
        board.arrive(f"w{_}", profile="health")  # nobody there knows it
    before = board.switchboard.matching.waiting()
    chosen = {id_: state.presence for id_, state in board.switchboard.roster.states.items()}
    outcome = board.give(Configure(replace(many, version="other")))
    assert outcome.effects == () or len(outcome.effects) <= 2 * len(before)
    assert not any(isinstance(effect, PresenceChanged) for effect in outcome.effects)
    assert {id_: state.presence for id_, state in board.switchboard.roster.states.items()} == chosen
    assert board.switchboard.matching.waiting() == before
    assert board.state(told.advisor).activity is Activity.TALKING


def test_a_reload_in_every_state_of_a_call_harms_nobody() -> None:
    """What is asked for again and again: a reload that nobody notices."""
    board = Board().open("rose")
    reload = Configure(replace(CONFIGURATION, version="other"))
    board.arrive("c1")
    board.give(reload)
    told = board.ask("c1")
    board.give(reload)
    assert isinstance(told, Dial)
    board.phone("rose", PhoneState.IN_USE)
    board.give(reload)
    assert board.state("rose").activity is Activity.TALKING
    assert board.end_talk("c1", "rose", 20) == Release()
    board.give(reload)
    assert board.state("rose").activity is Activity.WRAP_UP
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.outcome, row.advisor, row.talked_s) == (Outcome.ANSWERED, "rose", 20.0)


# ── transfers and presence ───────────────────────────────────────────────────────────────────────────────────────────


def test_omnileads_a_transfer_strands_nobody() -> None:
    """OMniLeads: a caller transferred to somebody who did not answer stayed in the music for ever."""
    board = remi_talks("rose")
    board.wait(120)
    board.ask_for(Transfer("remi", "employers", 5))
    told = board.ask("c1", Last.CANCELLED, offer="c1-1-1")
    assert isinstance(told, Dial)
    board.wait(1)
    board.arrive("younger")
    board.phone("rose", PhoneState.RINGING)
    board.wait(15)
    assert isinstance(board.ask("c1", Last.NO_ANSWER, offer=told.offer), Wait)
    board.phone("rose", PhoneState.FREE)
    board.nudged()
    board.present("rose")
    assert board.nudged() == ["c1"]  # before the younger one, by the age of the call
    board.ask("c1", Last.WAITED)
    board.phone("rose", PhoneState.UNREACHABLE)
    board.wait(TEN_MINUTES_S)
    assert isinstance(board.ask("c1", Last.NO_WAY, offer="c1-2-2"), Wait | Play | Dial)
    board.wait(60)
    assert board.ask("c1") == Play(("sorry",), interruptible=False)


def test_twilio_a_transferred_caller_keeps_his_place() -> None:
    """Twilio TaskRouter: who is transferred is queued again as one who has just come."""
    board = remi_talks()
    board.wait(120)
    board.arrive("younger")
    board.wait(1)
    board.ask_for(Transfer("remi", "employers", 3))
    assert board.ask("c1", Last.CANCELLED, offer="c1-1-1") == Wait(10.0)
    board.present("rose")
    assert board.nudged() == ["c1"]


@pytest.mark.parametrize(
    "happens",
    [
        lambda board: board.end_talk("c1", "rose", 20),
        lambda board: board.give(Configure(replace(CONFIGURATION, version="other"))),
        lambda board: (board.phone("rose", PhoneState.UNREACHABLE), board.phone("rose", PhoneState.FREE)),
        lambda board: (
            board.give(PbxLost("rouen")),
            board.give(PbxSynced("rouen", (), {"201": PhoneState.FREE, "202": PhoneState.FREE}, {})),
        ),
        lambda board: board.hang_up("c1", last=Last.TALKED, offer="c1-1-1", talked_s=5.0),
    ],
    ids=["end of his talk", "reload", "phone back", "PBX back", "caller gone"],
)
def test_twilio_whoever_logged_out_is_never_set_back_to_available(happens: Callable[[Board], object]) -> None:
    """Twilio: an agent who had gone offline during a task was set back to Available after it."""
    board = Board().open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    assert board.give(SetPresence("rose", Presence.LOGGED_OUT)).answer == Accepted()
    happens(board)
    board.wait(60)
    assert board.state("rose").presence is Presence.LOGGED_OUT
    board.arrive("c2")
    assert holders(board) in ([], ["rose"])
    assert board.call("c2").ticket.offer is None


# ── at once, and with a reason ───────────────────────────────────────────────────────────────────────────────────────


def test_app_queue_and_freeswitch_2458_who_is_free_rings_in_the_very_step_and_not_at_the_next_look() -> None:
    """app_queue looks for work once a second, mod_callcenter every 100 ms, OMniLeads every 3 s; at twenty calls a
    second (signalwire/freeswitch#2458) their looks cost more time than there is between them."""
    people = {f"a{n}": Advisor(f"a{n}", f"A{n}", "rouen", str(300 + n), {"employers": 3}) for n in range(40)}
    board = Board(replace(CONFIGURATION, advisors=people, trunks=with_capacity(100).trunks)).open(*people)
    for n in range(40):
        board.arrive(f"c{n}")
        assert board.call(f"c{n}").ticket.offer is not None
        board.now += 0.05
    board.arrive("waits")
    assert len(set(holders(board))) == 40
    board.ask("waits")
    board.nudged()
    board.hang_up("c7")
    assert board.nudged() == ["waits"]


def test_genesys_why_was_this_call_routed_so_has_an_answer_for_every_decision() -> None:
    """Genesys: the trace that would tell is advised against in production, for what it costs. Here it is always on."""
    board = Board().open("rose", "remi")
    board.arrive("c1")
    told = board.ask("c1")
    assert isinstance(told, Dial)
    board.phone("rose", PhoneState.RINGING)
    board.wait(15)
    board.ask("c1", Last.NO_ANSWER, offer=told.offer)
    board.talk("c1", "remi")
    board.end_talk("c1", "remi")
    board.hang_up("c1")
    decisions = board.history()["c1"].decisions
    assert [decision.what for decision in decisions] == ["offered", "no_answer", "offered"]
    assert all(decision.because and decision.version == "test" for decision in decisions)
    assert decisions[0].because[0].startswith("Rose : étape 1, Employeurs 5, libre depuis")
    assert decisions[0].rejected == ("Remi : moins compétent (3 en tout)",)
    assert decisions[1].because == ("Rose : pas de réponse en 15 s, mis en absence, l’appel garde sa place",)
