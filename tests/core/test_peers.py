"""What users of other call routers complain of: wrap-up, claims, order; each complaint happens here."""

from dataclasses import replace
from itertools import permutations

from cti_router.core.advisors.advisor import Activity
from cti_router.core.aside import Transfer
from cti_router.core.effects import PresenceChanged
from cti_router.core.identity import Cli
from cti_router.core.inputs import (
    AnswerUndelivered,
    Configure,
    DirectoryReplied,
    Last,
    PhoneState,
    Presence,
)
from cti_router.core.instructions import Dial, Wait
from cti_router.core.plans.priority import starvation_bound_s
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board
from tests.core.callback_board import CallbackBoard
from tests.core.peers_board import calls_number, holders, nudged_one_after_the_other, six_numbers
from tests.core.second_level import remi_talks

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
