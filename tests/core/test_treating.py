"""A caller's wait as he hears it: what is played when, and that nothing of it costs him his place or his advisor."""

from dataclasses import replace

import pytest

from cti_router.core.configuration import AtClose, ExpectedWaitRules, Reach, Step
from cti_router.core.heard import Treatment
from cti_router.core.identity import Cli
from cti_router.core.inputs import Last, PhoneState
from cti_router.core.instructions import Dial, Play, Release, Wait
from cti_router.core.order import Close
from tests.core.board import CONFIGURATION, with_expected_wait, with_greeting
from tests.core.ordered import given
from tests.core.treated import (
    FULL,
    PLAIN,
    TOLD,
    TreatedBoard,
    opened,
    prompt,
    treated,
    with_number,
)

# ── the order of things ──────────────────────────────────────────────────────────────────────────────────────────────


def test_greeting_welcome_then_music_with_position_and_comfort() -> None:
    board = TreatedBoard(treated(FULL, with_greeting())).open()
    board.arrive("c1")
    board.wait(60)
    assert board.sounds()[:3] == [(0, "hello"), (4, "cti/welcome"), (8, "cti/bring")]
    assert isinstance(board.told_last(), Wait)
    assert board.told_last().music == "calm"  # type: ignore[union-attr]


def test_the_head_of_a_greeting_is_heard_to_its_end_and_its_rest_may_be_cut() -> None:
    rest = with_number(treated(PLAIN, with_greeting()), greeting_rest=(prompt("cti/rest"),))
    board = TreatedBoard(rest).open()
    first = board.arrive("c1")
    assert first == Play(("hello",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Play(("cti/rest",))
    assert board.ask("c1", Last.PLAYED) == Play(("cti/welcome",))


def test_the_plan_s_treatment_wins_over_the_profile_s_and_that_over_the_service_s() -> None:
    names = {name: Treatment(name, (prompt(f"cti/{name}"),)) for name in ("service", "profile", "plan")}
    configuration = treated(names["service"], treatments=names)
    profiles = {**configuration.profiles, "health": replace(configuration.profiles["health"], treatment="profile")}
    plans = {id_: replace(plan, treatment="plan") for id_, plan in configuration.plans.items()}
    for changes, profile, said in (
        ({}, "employer", "service"), ({"profiles": profiles}, "employer", "service"),
        ({"profiles": profiles}, "health", "profile"), ({"profiles": profiles, "plans": plans}, "health", "plan"),
    ):  # fmt: skip
        board = TreatedBoard(replace(configuration, **changes)).open()
        board.arrive("c1", profile=profile)
        board.wait(2)
        assert board.names() == [said]


def test_who_has_no_treatment_hears_music() -> None:
    board = TreatedBoard(replace(treated(PLAIN), treatment=None)).open()
    board.arrive("c1")
    board.wait(60)
    assert board.sounds() == []


def test_a_caller_who_is_not_known_yet_is_not_left_in_his_music() -> None:
    board = opened(PLAIN)
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", 33261910101))
    assert isinstance(board.told_last(), Wait)
    assert board.told_last().for_s < 1  # type: ignore[union-attr]
    board.wait(1)
    assert board.names() == ["welcome"]


def test_an_uninterruptible_prompt_is_heard_to_its_end_and_costs_no_place() -> None:
    board = opened(Treatment("t", (prompt("cti/long", interruptible=False),)))
    board.arrive("c1")
    board.ask("c1")
    assert board.told_last() == Play(("cti/long",), interruptible=False)
    board.arrive("c2")
    board.present("rose")  # c1 is in his prompt
    assert board.nudged() == ["c2"]
    board.present("remi")
    assert isinstance(board.ask("c1", Last.PLAYED), Dial)


# ── cut, and gone on with ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_free_advisor_cuts_a_prompt_at_once() -> None:
    board = opened(PLAIN)
    board.arrive("c1")
    board.ask("c1")
    board.wait(1)
    board.present("rose")
    assert board.nudged() == ["c1"]
    assert isinstance(board.ask("c1", Last.PLAYED), Dial)


@pytest.mark.parametrize(("heard_s", "following"), [(1.0, "cti/welcome"), (3.5, "cti/bring")])
def test_a_prompt_that_an_offer_cut_short_is_said_again_when_it_fails(heard_s: float, following: str) -> None:
    board = opened(FULL)
    board.arrive("c1")
    board.ask("c1")
    board.wait(heard_s)
    board.present("rose")
    told = board.ask("c1", Last.PLAYED)
    assert isinstance(told, Dial)
    board.phone("rose", PhoneState.RINGING)
    board.wait(15)
    board.phone("rose", PhoneState.FREE)
    assert board.ask("c1", Last.NO_ANSWER, offer=told.offer) == Play((following,))


def test_the_same_ask_again_is_told_the_same_and_has_heard_nothing_more() -> None:
    board = opened(FULL)
    board.arrive("c1")
    first = board.ask("c1")
    assert first == Play(("cti/welcome",))
    board.wait(0.5)
    assert board.ask_again("c1") == first
    assert board.ask("c1", Last.PLAYED) == Play(("cti/bring",))


def test_a_prompt_that_was_never_begun_is_said_again() -> None:
    board = opened(FULL)
    board.arrive("c1")
    assert board.ask("c1") == Play(("cti/welcome",))
    assert board.ask("c1", Last.WAITED) == Play(("cti/welcome",))


def test_a_missing_prompt_moves_on_and_makes_nobody_spin() -> None:
    board = opened(FULL)
    board.sound_s = dict.fromkeys(("cti/welcome", "cti/bring", "cti/comfort-a", "cti/comfort-b"), 0.01)
    board.arrive("c1")
    board.wait(300)
    times = [each.at for each in board.heard["c1"]]
    assert max(sum(second <= at < second + 1 for at in times) for second in times) <= 5
    assert board.names()[:2] == ["welcome", "bring"]


def test_a_dismissal_that_cuts_a_prompt_is_heard() -> None:
    """The nudge ends the prompt, which says that it was played: not so the closing message."""
    board = opened(PLAIN, rules=replace(CONFIGURATION.rules, at_close=AtClose.DISMISS))
    board.arrive("c1")
    board.ask("c1")
    assert board.told_last() == Play(("cti/welcome",))
    board.wait(1)
    given(board, Close("alerte", sounds=("cti/alerte",)))
    assert board.nudged() == ["c1"]
    assert board.ask("c1", Last.PLAYED) == Play(("cti/alerte",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()


# ── what is told of the wait ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_position_counts_those_whom_his_advisors_could_serve_too() -> None:
    board = TreatedBoard(treated(TOLD)).open("rose", "remi")
    for call, advisor in (("t1", "rose"), ("t2", "remi")):
        board.arrive(call)
        board.talk(call, advisor)
    board.arrive("c1")
    board.arrive("other", profile="health")  # none of the others' advisors could serve him
    board.arrive("c2")
    board.wait(25)
    assert board.names("c1") == ["position-1+position-1"]
    assert board.names("c2") == ["position-1+position-2"]
    board.leave("c1")
    board.wait(60)
    assert board.names("c2") == ["position-1+position-2", "position-1+position-1"]


def test_where_nobody_works_no_position_is_told() -> None:
    board = opened(TOLD)
    board.arrive("c1")
    board.wait(100)
    assert board.sounds() == []


@pytest.mark.parametrize(("least", "said"), [(0, True), (20, False)])
def test_a_wait_is_told_only_when_the_estimate_is_trustworthy(least: int, said: bool) -> None:
    rules = with_expected_wait(ExpectedWaitRules(least_outcomes=least, min_hit_rate=0.0), Step(0.0, Reach.ALL))
    board = TreatedBoard(treated(FULL, rules)).open("rose")
    board.arrive("t1")
    board.talk("t1", "rose")
    board.arrive("c1", profile="employer")
    board.wait(45)
    assert [name for name in board.names() if name.startswith("wait")] == (["wait-1+minutes-4"] if said else [])
