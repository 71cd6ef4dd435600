"""What users of other call routers complain of in public: each complaint happens here, and harms nobody."""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import pytest

from cti_router.core.advisors.advisor import Activity
from cti_router.core.aside import Transfer
from cti_router.core.configuration import (
    Advisor,
    Configuration,
    ExpectedWaitRules,
    Number,
    Plan,
    Profile,
    Reach,
    Requirement,
    Skill,
    Step,
)
from cti_router.core.effects import PresenceChanged
from cti_router.core.history import Outcome
from cti_router.core.identity import Cli
from cti_router.core.inputs import (
    AnswerUndelivered,
    Configure,
    DirectoryReplied,
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
from cti_router.core.plans.priority import starvation_bound_s
from cti_router.core.tickets.estimate import Silence
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board, with_capacity, with_expected_wait
from tests.core.callback_board import CallbackBoard
from tests.core.second_level import remi_talks

TEN_MINUTES_S = 600.0


def six_numbers() -> Configuration:
    """Six queues: numbers with a plan and a profile each, one skill each. Rose knows all of it."""
    skills = {f"s{n}": Skill(f"s{n}", f"S{n}") for n in range(6)}
    steps = (Step(0.0, Reach.ALL),)
    return replace(
        CONFIGURATION,
        skills=skills,
        advisors={
            "rose": Advisor("rose", "Rose", "rouen", "201", dict.fromkeys(skills, 3)),
            "carl": Advisor("carl", "Carl", "caen", "101", {"s5": 3}),
        },
        profiles={
            "unknown": Profile("unknown", "Inconnu", ()),
            **{f"p{n}": Profile(f"p{n}", f"P{n}", (Requirement(f"s{n}", 1),)) for n in range(6)},
            "urgent": Profile("urgent", "Prioritaire", (Requirement("s0", 1),), bonus_s=60.0),
        },
        plans={f"plan{n}": Plan(f"plan{n}", steps, 15.0, TEN_MINUTES_S, ("sorry",)) for n in range(6)},
        numbers={3326191000 + n: Number(3326191000 + n, f"N{n}", f"plan{n}", (), ("closed",)) for n in range(6)},
    )


def calls_number(board: Board, call: str, number: int, profile: str = "") -> None:
    board.arrive(call, profile=profile or f"p{number}", dnis=str(3326191000 + number))


def holders(board: Board) -> list[str]:
    """The advisors who are rung or talk."""
    states = board.switchboard.roster.states.values()
    return [state.who.id for state in states if state.activity in (Activity.OFFERED, Activity.TALKING)]


def after_a_restart(former: Board, *available: str, reverse: bool = False, away_s: float = 1.0) -> Board:
    """Another router on the same channels: what it finds is what the PBXs list, in whatever order."""
    board = Board(former.switchboard.configuration)
    board.now = former.now + away_s
    board.give(
        Restore(
            tuple(StoredPresence(advisor, Presence.AVAILABLE, "", former.now) for advisor in available),
            tuple(former.history().values()),
        )
    )
    seen = [former.seen(call, "wait") for call in former.switchboard.calls]
    board.give(PbxSynced("caen", tuple(reversed(seen) if reverse else seen), {"101": PhoneState.FREE}, {}))
    board.give(PbxSynced("rouen", (), {"201": PhoneState.FREE, "202": PhoneState.FREE}, {}))
    return board


def nudged_one_after_the_other(board: Board, *advisors: str) -> list[str]:
    """Who is called for as these become free."""
    order = board.nudged()
    for advisor in advisors:
        board.present(advisor)
        order += board.nudged()
    return order


# ── wrap-up, and what is counted ─────────────────────────────────────────────────────────────────────────────────────


def test_asterisk_607_a_transfer_voids_no_wrap_up() -> None:
    """asterisk#607: an advisor who transferred was offered the next call at once."""
    board = remi_talks()
    board.ask_for(Transfer("remi", "employers", 5))
    board.ask("c1", Last.CANCELLED, offer="c1-1-1")
    board.phone("remi", PhoneState.FREE)
    board.arrive("c2")
    assert board.ask("c2") == Wait(10.0)
    board.wait(30.1)
    assert isinstance(board.ask("c2"), Dial)


def test_asterisk_759_a_transfer_is_in_the_history_while_the_caller_waits() -> None:
    """asterisk#759: a transfer was missing from the log."""
    board = remi_talks()
    board.wait(30)
    board.ask_for(Transfer("remi", "employers", 5))
    board.ask("c1", Last.CANCELLED, offer="c1-1-1")
    row = board.history()["c1"]
    assert [(each.kind, each.advisor, each.talked_s) for each in row.tickets] == [
        ("inbound", "remi", 30.0),
        ("transfer", None, 0.0),
    ]
    assert (row.outcome, row.advisor) == (None, None)


def test_asterisk_1377_wrap_up_is_seen_with_its_end() -> None:
    """asterisk#1377: nobody could see that an advisor was in wrap-up; he looked like one who does nothing."""
    board = Board().open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.effects.clear()
    board.end_talk("c1", "rose")
    assert board.state("rose").activity is Activity.WRAP_UP
    (shown,) = [effect.stored for effect in board.effects if isinstance(effect, PresenceChanged)]
    assert (shown.advisor, shown.presence, shown.wrap_up_until_at) == ("rose", Presence.AVAILABLE, board.now + 30.0)
    board.wait(30)
    assert board.state("rose").activity is Activity.IDLE


def test_asterisk_1006_wrap_up_lasts_as_long_when_callers_of_six_queues_wait() -> None:
    """asterisk#1006: a member of six queues was rung by another queue long before his wrap-up was over."""
    board = Board(six_numbers()).open("rose")
    calls_number(board, "c0", 0)
    board.talk("c0", "rose")
    for number in range(1, 6):
        calls_number(board, f"c{number}", number)
    board.nudged()
    board.end_talk("c0", "rose")
    board.wait(29.9)
    assert board.nudged() == []
    board.wait(0.1)
    assert board.nudged() == ["c1"]


# ── one call, one advisor; one advisor, one call ─────────────────────────────────────────────────────────────────────


def test_asterisk_176_two_advisors_never_answer_one_call() -> None:
    """asterisk#176: two members answered one caller. Here the first answer is lost, and the first phone is slow."""
    board = Board().open("rose", "remi")
    board.arrive("c1")
    told = board.ask("c1")
    board.give(AnswerUndelivered("c1", 2))
    again = board.ask_again("c1")
    assert isinstance(told, Dial)
    assert isinstance(again, Dial)
    assert len(holders(board)) == 1
    board.phone("rose", PhoneState.RINGING)
    board.wait(15)
    following = board.ask("c1", Last.NO_ANSWER, offer=again.offer)
    assert isinstance(following, Dial)
    assert holders(board) == ["remi"]
    board.phone("rose", PhoneState.IN_USE)  # she picks up the moment it stops
    board.phone("remi", PhoneState.IN_USE)
    assert holders(board) == ["remi"]
    board.end_talk("c1", "remi")
    board.hang_up("c1")
    assert [offer.result for offer in board.history()["c1"].tickets[0].offers] == ["no_answer", "answered"]


def test_omnileads_without_a_store_an_advisor_is_still_claimed_once() -> None:
    """OMniLeads: when Redis failed, a claim of an agent succeeded, for everybody who made it."""
    board = Board().open("rose")
    for call in ("c1", "c2"):
        board.ask(call, Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    for call in ("c1", "c2"):
        board.give(DirectoryReplied(call, (), failed=True))
    told = [board.ask(call) for call in ("c1", "c2")]
    assert [isinstance(each, Dial) for each in told] == [True, False]
    assert holders(board) == ["rose"]


# ── queues beside each other ─────────────────────────────────────────────────────────────────────────────────────────


def test_asterisk_1561_a_weighty_caller_holds_nobody_who_could_not_serve_him() -> None:
    """asterisk#1561: while a heavier queue had callers, members who were not even in it were not given any."""
    board = Board().open()
    heavy = {**CONFIGURATION.profiles, "health": replace(CONFIGURATION.profiles["health"], bonus_s=600.0)}
    board.give(Configure(replace(CONFIGURATION, profiles=heavy)))
    board.arrive("heavy", profile="health")
    board.wait(70)
    board.nudged()
    board.arrive("light")
    board.present("remi")
    assert board.nudged() == ["light"]
    assert isinstance(board.ask("heavy"), Wait)


def test_asterisk_108_an_advisor_of_several_queues_takes_the_oldest_caller_of_all() -> None:
    """asterisk#108: the queues were taken in turn, so that the oldest caller of all waited longest."""
    for order in permutations((1, 3, 5)):
        board = Board(six_numbers()).open()
        for number in order:
            calls_number(board, f"c{number}", number)
            board.wait(1)
        board.nudged()
        board.present("rose")
        assert board.nudged() == [f"c{order[0]}"]


def test_asterisk_1637_priority_counts_over_several_queues_too() -> None:
    """asterisk#1637: the order over several queues forgot the callers' priorities."""
    board = Board(six_numbers()).open()
    calls_number(board, "old", 3)
    board.wait(59)
    calls_number(board, "urgent", 0, profile="urgent")
    calls_number(board, "young", 4)
    board.nudged()
    assert nudged_one_after_the_other(board, "rose") == ["urgent"]


def test_asterisk_1691_a_caller_nobody_can_serve_stops_no_queue() -> None:
    """asterisk#1691: with the order over several queues one that could not be served stopped them all."""
    board = Board(six_numbers()).open("carl")
    for number in range(6):
        calls_number(board, f"c{number}", number)
    assert board.nudged() == ["c5"]  # the youngest, whom alone Carl can serve
    board.present("rose")
    assert board.nudged() == ["c0"]


def test_wazo_queues_that_share_their_advisors_never_wait_for_each_other() -> None:
    """Wazo: two queues with the same agents came to a standstill, each with a call for an agent the other held."""
    board = Board(six_numbers()).open()
    for call, number in (("a", 5), ("b", 0), ("c", 5), ("d", 0)):
        calls_number(board, call, number)
    board.nudged()
    board.present("rose")
    board.present("carl")
    assert board.nudged() == ["a", "c"]
    for call, advisor in (("a", "rose"), ("c", "carl")):
        board.talk(call, advisor)
        board.end_talk(call, advisor, 1)
        board.hang_up(call)
    board.wait(31)
    assert board.nudged() == ["b"]
    board.talk("b", "rose")
    board.end_talk("b", "rose", 1)
    board.wait(31)
    assert board.nudged() == ["d"]


def test_freeswitch_2511_the_order_is_kept_whatever_offers_fail() -> None:
    """signalwire/freeswitch#2511: the agent was given another caller than the one with the best score."""
    board = Board().open()
    arrivals = [("a", "employer", 0), ("b", "urgent", 20), ("c", "employer", 10), ("d", "urgent", 50)]
    for call, profile, wait_s in arrivals:
        board.wait(wait_s)
        board.arrive(call, profile=profile)
    board.nudged()
    served: list[str] = []
    board.present("rose")
    while len(served) < 4:
        (call,) = board.nudged()
        told = board.ask(call)
        assert isinstance(told, Dial)
        board.ask(call, Last.BUSY, offer=told.offer)  # once for each: he keeps his place
        board.wait(5.1)
        assert board.nudged() == [call]
        board.talk(call, "rose")
        board.end_talk(call, "rose", 1)
        board.hang_up(call)
        served.append(call)
        board.wait(30)
    # By arrival, the urgent ones counted from a minute earlier: −40, −10 … whatever failed in between.
    assert served == ["b", "a", "d", "c"] == sorted("abcd", key={"a": 0, "b": -40, "c": 30, "d": 20}.__getitem__)


def test_freepbx_621_a_callback_waits_its_turn() -> None:
    """FreePBX#621: a callback always jumped the queue, ahead of all who had waited longer on the telephone."""
    board = CallbackBoard().open()
    board.another("before")
    board.wait(1)
    callback = board.noted()
    board.wait(1)
    board.another("after", EMPLOYER_CLI + 2)
    board.nudged()
    board.present("rose")
    assert board.nudged() == ["before"]
    board.present("remi")
    assert board.nudged() == []
    assert board.rings().callback == callback
    assert board.call("after").ticket.offer is None
    assert board.switchboard.matching.inversions == 0


def test_twilio_the_age_of_a_ticket_is_what_it_says() -> None:
    """Twilio TaskRouter: a task's age cannot be set, so that whoever is queued again begins at the end."""
    board = Board().open()
    board.arrive("here")
    board.wait(100)
    before = Board()
    before.now = board.now - 300.0
    before.open().arrive("elsewhere")
    before.ask("elsewhere")
    ticket = before.ask_ticket("elsewhere")
    told = board.ask("elsewhere", Last.WAITED, cli=Cli("0261910101", EMPLOYER_CLI), ticket=ticket)
    assert isinstance(told, Wait)
    board.ask("here")
    board.nudged()
    assert nudged_one_after_the_other(board, "rose", "remi") == ["elsewhere", "here"]


def test_priority_starves_nobody_for_longer_than_the_published_bound() -> None:
    """Wherever priority is absolute: urgent callers without end, and the one without priority is never served."""
    bound_s = starvation_bound_s([profile.bonus_s for profile in CONFIGURATION.profiles.values()])
    board = Board().open("rose")
    board.arrive("first", profile="urgent")
    board.talk("first", "rose")
    board.arrive("plain")
    plain_at, serving, overtook = board.now, "first", []
    for n in range(40):  # a new urgent caller each time that she is done with one
        board.arrive(f"u{n}", profile="urgent")
        arrived_at = board.now
        board.nudged()
        board.end_talk(serving, "rose", 1)
        board.hang_up(serving)
        board.wait(30)
        (serving,) = board.nudged()
        if serving == "plain":
            break
        overtook.append(arrived_at - plain_at)
        board.talk(serving, "rose")
    assert serving == "plain"
    assert overtook
    assert max(overtook) < bound_s == 60.0


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
