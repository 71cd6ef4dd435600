"""What is expected of a wait: those ahead, those who work for it, and what the waits before it taught."""

from dataclasses import replace

import pytest

from cti_router.core.advisors.advisor import Activity
from cti_router.core.configuration import Configuration, ExpectedWaitRules, Reach, Step
from cti_router.core.inputs import Configure, Last, PhoneState, Presence
from cti_router.core.instructions import Dial, Release
from cti_router.core.tickets.estimate import Estimate, Silence, Stage, WaitClass, estimated
from cti_router.core.tickets.expected_wait import JUDGED_EVERY_S, ExpectedWait
from tests.core.board import CONFIGURATION, Board, with_expected_wait

EMPLOYERS = WaitClass("standard", "employer")
LEAVING, RING_S, HANDLING_S = 0.1 / 60, 5.0, 300.0
"""What is believed at first."""


def expected(board: Board, call: str) -> ExpectedWait:
    return board.switchboard.expected.of(board.call(call).ticket, board.now)


def busy(*available: str, configuration: Configuration = CONFIGURATION) -> Board:
    """Each of them talks, to a caller of his own name; whoever comes now waits."""
    board = Board(configuration).open(*available)
    for advisor in available:
        board.arrive(f"of_{advisor}", profile="health" if advisor == "carl" else "employer")
        board.wait(60 if advisor == "carl" else 1)
        board.talk(f"of_{advisor}", advisor)
    return board


def serve(board: Board, call: str, advisor: str, talked_s: float = 60.0) -> None:
    """The advisor ends with his former caller, wraps up, and answers this one."""
    former = next(
        id_ for id_, each in board.switchboard.calls.items() if each.ticket.offer == board.state(advisor).offer
    )
    assert board.end_talk(former, advisor, talked_s) == Release()
    board.hang_up(former)
    board.wait(CONFIGURATION.rules.wrap_up_s)
    board.talk(call, advisor)


def exponential(advisors: int, ahead: float = 0.0) -> Estimate:
    told = estimated([Stage(0.0, ahead, advisors, advisors / HANDLING_S)], LEAVING, RING_S)
    assert told is not None
    return told


def test_who_waits_is_told_by_those_ahead_and_never_by_those_behind() -> None:
    board = busy("rose", "remi")
    for call in ("first", "second", "third"):
        board.arrive(call)
        board.wait(1)
    assert [expected(board, call).ahead for call in ("first", "second", "third")] == [0, 1, 2]
    for ahead, call in enumerate(("first", "second", "third")):
        said = expected(board, call)
        assert said.estimate == exponential(advisors=2, ahead=ahead)
        assert (said.of, said.advisors, said.silent, said.told) == (EMPLOYERS, 2, Silence.LEARNING, None)


def test_who_came_later_with_priority_is_ahead() -> None:
    board = busy("rose", "remi")
    board.arrive("plain")
    board.wait(1)
    board.arrive("urgent", profile="urgent")
    assert expected(board, "plain").ahead == 1
    assert expected(board, "urgent").ahead == 0


def test_another_class_counts_by_what_it_takes_from_the_same_advisors() -> None:
    board = busy("rose", "remi", "carl")
    board.arrive("health", profile="health")  # at the site on duty nobody knows health well enough
    board.arrive("unknown", profile=None)  # anybody
    board.arrive("employer")
    assert expected(board, "employer").ahead == 1
    board.wait(61)  # all sites now, and one level less: Carl for health; all three for the others
    assert expected(board, "unknown").ahead == 1
    assert expected(board, "employer").ahead == 2
    assert expected(board, "employer").advisors == 3
    health = expected(board, "health")
    assert (health.ahead, health.advisors) == (0, 1)


def test_part_of_those_ahead_is_served_by_others() -> None:
    board = busy("rose", "remi", "carl")
    board.arrive("unknown", profile=None)
    board.wait(61)
    board.arrive("health", profile="health")
    board.wait(21)  # Caen too: Carl alone knows enough, and one of three of the unknown's is he
    assert expected(board, "health").ahead == pytest.approx(1 / 3)


def test_only_those_who_take_calls_are_counted() -> None:
    board = busy("rose", "remi")
    board.arrive("waits")
    assert expected(board, "waits").advisors == 2
    board.present("remi", Presence.NOT_READY, "absent")  # after this call he is away
    assert expected(board, "waits").advisors == 1
    board.present("remi")
    assert expected(board, "waits").advisors == 2
    board.phone("remi", PhoneState.UNREACHABLE)
    assert expected(board, "waits").advisors == 1


def test_where_nobody_works_nothing_is_expected() -> None:
    board = Board().open()
    board.arrive("waits")
    assert expected(board, "waits") == ExpectedWait(EMPLOYERS, None, Silence.NOBODY_WORKS, 0.0, 0, None, 0)
    board.hang_up("waits")
    assert board.switchboard.expected.hit_rates == {}


def test_a_step_that_comes_with_somebody_free_ends_the_wait() -> None:
    board = busy("rose", "remi")
    board.present("carl")
    board.arrive("waits")
    told = expected(board, "waits").estimate
    assert told is not None
    assert told.median_s == pytest.approx(20 + 0.693 * RING_S, abs=0.01)  # the backups' step
    board.wait(15)
    told = expected(board, "waits").estimate
    assert told is not None
    assert told.median_s == pytest.approx(5 + 0.693 * RING_S, abs=0.01)


# what became of it


def test_who_finds_somebody_free_does_not_wait_and_is_not_judged() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.wait(1)
    board.talk("c1", "rose")
    assert board.switchboard.expected.hit_rates == {}


def test_an_answer_within_the_bounds_is_a_hit() -> None:
    board = busy("rose", "remi")
    board.arrive("waits")
    serve(board, "waits", "rose")
    hits = board.switchboard.expected.hit_rates[EMPLOYERS]
    assert (hits.n, hits.value) == (1, 1.0)
    assert expected(board, "of_remi").outcomes == 1


def test_an_answer_much_later_is_a_miss() -> None:
    board = busy("rose", "remi")
    board.arrive("waits")
    serve(board, "waits", "rose", talked_s=550.0)
    hits = board.switchboard.expected.hit_rates[EMPLOYERS]
    assert (hits.n, hits.value) == (1, 0.0)


@pytest.mark.parametrize(("waited_s", "outcomes"), [(200.0, 0), (500.0, 1)])
def test_who_hangs_up_early_says_nothing_and_late_is_a_miss(waited_s: float, outcomes: int) -> None:
    board = busy("rose", "remi")
    board.arrive("waits")
    board.wait(waited_s)
    board.hang_up("waits")
    hits = board.switchboard.expected.hit_rates[EMPLOYERS]
    assert (hits.n, hits.value) == (outcomes, 0.0 if outcomes else None)


def test_who_waits_to_the_end_of_his_plan_waited_longer_than_was_said() -> None:
    board = busy("rose", "remi")
    board.arrive("waits")
    board.wait(600)
    assert (board.switchboard.expected.hit_rates[EMPLOYERS].n) == 1


def test_an_offer_that_is_not_answered_is_no_end_of_the_wait() -> None:
    board = busy("rose")
    board.arrive("waits")
    board.wait(1)
    board.present("remi")
    told = board.ask("waits")
    assert isinstance(told, Dial)
    board.phone("remi", PhoneState.RINGING)
    board.wait(15)
    board.phone("remi", PhoneState.FREE)
    board.ask("waits", Last.NO_ANSWER, offer=told.offer)
    assert board.switchboard.expected.hit_rates == {}
    serve(board, "waits", "rose")
    assert board.switchboard.expected.hit_rates[EMPLOYERS].n == 1


def test_of_waits_that_begin_together_one_is_judged() -> None:
    board = busy("rose", "remi")
    for call in ("first", "second"):
        board.arrive(call)
        board.wait(JUDGED_EVERY_S / 2)
    board.wait(JUDGED_EVERY_S)
    board.arrive("third")
    board.wait(0)
    told = [board.call(call).ticket.told is not None for call in ("first", "second", "third")]
    assert told == [True, False, True]


def test_a_class_speaks_when_enough_came_true() -> None:
    board = busy("rose", "remi", configuration=with_expected_wait(ExpectedWaitRules(least_outcomes=1)))
    board.arrive("waits")
    assert expected(board, "waits").silent is Silence.LEARNING
    serve(board, "waits", "rose")
    board.arrive("next")
    said = expected(board, "next")
    assert (said.silent, said.hit_rate, said.outcomes) == (None, 1.0, 1)
    assert said.told == said.estimate


# what it learns


def test_it_learns_how_long_a_call_takes_those_who_work_for_it() -> None:
    board = busy("rose", "remi")
    for n in range(30):
        board.arrive(f"c{n}")
        serve(board, f"c{n}", "rose", talked_s=60.0)  # and 30 s of wrap-up
    board.arrive("waits")
    told = expected(board, "waits").estimate
    assert told is not None
    anybody_s = (10 * HANDLING_S + 30 * 90) / 40  # what is believed counts as ten calls
    rose_s = (10 * anybody_s + 30 * 90) / 40
    assert told.median_s == pytest.approx(0.7 / (1 / rose_s + 1 / anybody_s), rel=0.1)
    assert told.median_s < 0.5 * exponential(advisors=2).median_s


def test_what_was_learned_outlives_a_new_configuration() -> None:
    board = busy("rose", "remi")
    board.arrive("waits")
    serve(board, "waits", "rose")
    board.arrive("next")
    before = expected(board, "next")
    advisors = {**CONFIGURATION.advisors, "new": replace(CONFIGURATION.advisors["remi"], id="new", phone="209")}
    board.give(Configure(replace(CONFIGURATION, advisors=advisors)))
    assert expected(board, "next") == before


def test_a_ticket_with_requirements_of_its_own_is_of_a_class_of_its_own() -> None:
    board = busy("rose", "remi")
    board.arrive("waits")
    ticket = board.call("waits").ticket
    ticket.requirements = CONFIGURATION.profiles["health"].requirements
    board.ask("waits")
    assert expected(board, "waits").of == WaitClass("standard", "health:4")


# steps that open by it


def widening(expected_over_s: float, after_s: float | None = None) -> Board:
    """Caen helps when so much is to be waited. One outcome is enough to speak, and it is there; Carl is free."""
    steps = (Step(0.0, Reach.DUTY), Step(after_s, Reach.BACKUPS, expected_over_s=expected_over_s))
    board = busy("rose", "remi", configuration=with_expected_wait(ExpectedWaitRules(least_outcomes=1), *steps))
    board.arrive("before")
    serve(board, "before", "rose")
    board.present("carl")
    board.wait(1)
    board.nudged()
    return board


def test_a_step_opens_at_once_when_the_expected_wait_is_too_long() -> None:
    board = widening(expected_over_s=60.0)
    board.arrive("waits")
    assert board.nudged() == ["waits"]
    board.talk("waits", "carl")
    why = " ; ".join(board.switchboard.calls["waits"].record(board.now).because)
    assert "étape 2 ouverte d’avance : attente estimée 99 s" in why
    assert "Carl : étape 2" in why


def test_it_stays_closed_while_the_expected_wait_is_short_enough() -> None:
    board = widening(expected_over_s=300.0)
    board.arrive("waits")
    board.wait(200)
    assert board.nudged() == []


def test_it_stays_closed_while_the_expected_wait_is_silent() -> None:
    board = widening(expected_over_s=60.0)
    board.give(Configure(replace(board.switchboard.configuration, rules=CONFIGURATION.rules)))
    board.arrive("waits")
    board.wait(200)
    assert board.nudged() == []


def test_who_finds_somebody_free_at_a_step_that_is_open_needs_no_other() -> None:
    board = widening(expected_over_s=0.0)
    board.end_talk("before", "rose")
    board.hang_up("before")
    board.wait(CONFIGURATION.rules.wrap_up_s)
    board.arrive("served")
    board.talk("served", "rose")
    assert board.call("served").ticket.opened_early == 0


def test_it_opens_later_when_the_expected_wait_grows() -> None:
    board = widening(expected_over_s=120.0)
    board.arrive("waits")
    board.wait(9)
    assert board.nudged() == []
    board.present("remi", Presence.NOT_READY, "absent")  # one advisor is left: twice as long
    board.wait(2)  # meanwhile the caller asks, and gets Carl in answer
    assert (board.call("waits").ticket.opened_early, board.state("carl").activity) == (1, Activity.OFFERED)


def test_what_was_expected_before_a_step_opened_early_is_not_judged() -> None:
    board = widening(expected_over_s=120.0)
    board.present("carl", Presence.NOT_READY, "absent")
    hits = board.switchboard.expected.hit_rates[EMPLOYERS]
    board.arrive("waits")
    board.wait(0)
    before = board.call("waits").ticket.told
    board.present("remi", Presence.NOT_READY, "absent")
    board.wait(11)
    after = board.call("waits").ticket.told
    assert before is not None
    assert after is not None
    assert (after.at > before.at, hits.n) == (True, 1)


def test_once_open_it_stays_open() -> None:
    board = widening(expected_over_s=120.0)
    board.present("carl", Presence.NOT_READY, "absent")
    board.arrive("first")
    board.wait(1)
    board.arrive("second")
    assert [board.call(call).ticket.step for call in ("first", "second")] == [0, 1]
    board.hang_up("first")
    board.wait(30)  # nobody is ahead any more, and asks were answered meanwhile
    assert board.call("second").ticket.step == 1
    board.present("carl")
    assert board.nudged() == ["second"]


def test_where_nobody_works_it_opens_at_once() -> None:
    steps = (Step(0.0, Reach.DUTY), Step(None, Reach.BACKUPS, expected_over_s=600.0))
    board = Board(with_expected_wait(ExpectedWaitRules(), *steps)).open("carl")
    board.arrive("waits")
    assert board.nudged() == ["waits"]
    board.talk("waits", "carl")


def test_its_own_time_opens_it_too() -> None:
    board = widening(expected_over_s=300.0, after_s=20.0)
    board.arrive("waits")
    board.wait(19)
    assert board.nudged() == []
    board.wait(2)
    assert board.nudged() == ["waits"]
