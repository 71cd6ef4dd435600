"""What comes next while he waits: pure, of what was heard, the treatment and the time."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cti_router.core.heard import Announcement, CallbackOffer, Comfort, Treatment
from cti_router.core.treating.treatment import BREATH_S, WAIT_S, Heard, Item, Moment, News, adopted, next_item
from tests.core.treated import BRING, COMFORTS, EXPECTED, FULL, POSITION, WELCOME, prompt

NEVER = float("inf")
STRIKE = News("strike", (prompt("cti/strike-a"), prompt("cti/strike-b")))


def moment(now: float = 0.0, treatment: Treatment = FULL, **changes: Any) -> Moment:
    known = {"{position}": ("two",), "{wait}": ("four",)}
    return replace(Moment(treatment, (), (), 0.0, 0.0, NEVER, now, known.get), **changes)


def listened(of: Moment, seconds: float, heard: Heard | None = None, sound_s: float = 4.0) -> list[tuple[float, Item]]:
    """All that a caller hears in so long, each with its time."""
    heard, found = heard or Heard(), []
    until = of.now + seconds
    while of.now < until:
        item = next_item(heard, of)
        found.append((of.now, item))
        said = bool(item.sounds) or item.offers
        of = replace(of, now=of.now + (sound_s if said else item.for_s))
        heard = replace(item.heard, quiet_since_at=of.now) if said else item.heard
    return found


def spoken(of: Moment, seconds: float, heard: Heard | None = None) -> list[tuple[float, str]]:
    return [(at, item.sounds[0]) for at, item in listened(of, seconds, heard) if item.sounds]


def test_the_greeting_s_rest_and_the_welcome_come_first_and_once() -> None:
    of = moment(treatment=Treatment("t", (WELCOME, BRING)), greeting=(prompt("cti/rest"),))
    assert spoken(of, 300) == [(0, "cti/rest"), (4, "cti/welcome"), (8, "cti/bring")]


def test_then_each_information_of_the_day_once() -> None:
    of = moment(treatment=Treatment("t", (WELCOME,)), news=(STRIKE,))
    assert spoken(of, 300) == [(0, "cti/welcome"), (4, "cti/strike-a"), (8, "cti/strike-b")]


def test_who_waits_already_is_told_what_comes_up_and_who_was_adopted_only_that() -> None:
    before, after = replace(STRIKE, from_at=10.0), News("flood", (prompt("cti/flood"),), from_at=80.0)
    of = moment(100.0, Treatment("t", (WELCOME,)), news=(before, after), arrived_at=50.0)
    assert spoken(of, 60, adopted(1, 100.0)) == [(100.0, "cti/flood")]


def test_music_runs_until_the_next_thing_is_due_and_never_for_longer_than_a_nudge_may_cost() -> None:
    music = [(at, item.for_s) for at, item in listened(moment(), 35) if not item.sounds]
    assert music == [(8.0, 10.0), (18.0, 10.0), (28.0, 2.0)]
    plain = [item.for_s for _, item in listened(moment(treatment=Treatment("t")), 60)]
    assert set(plain) == {WAIT_S}


def test_position_and_wait_are_announced_at_their_times() -> None:
    of = moment(treatment=replace(FULL, comfort=None))
    announced = [at for at, name in spoken(of, 300) if name == "cti/position-1"]
    assert announced == [30.0, 90.0, 150.0, 210.0, 270.0]
    assert ("cti/wait-1", "four") in [item.sounds for _, item in listened(of, 60)]


def test_an_announcement_that_comes_late_does_not_move_the_others() -> None:
    long = Treatment("t", (WELCOME,) * 10, announcement=Announcement(30.0, 60.0, (POSITION,)))
    announced = [at for at, name in spoken(moment(treatment=long), 200) if name == "cti/position-1"]
    assert announced == [40.0 + BREATH_S, 90.0, 150.0]


def test_what_is_not_known_is_not_announced() -> None:
    of = moment(treatment=replace(FULL, comfort=None), known=lambda _: None)
    assert [name for _, name in spoken(of, 300)] == ["cti/welcome", "cti/bring"]
    only_position = {"{position}": ("two",)}
    assert "cti/wait-1" not in [name for _, name in spoken(replace(of, known=only_position.get), 300)]


def test_comfort_comes_in_turn_after_its_time_of_music() -> None:
    of = moment(treatment=Treatment("t", comfort=Comfort(20.0, COMFORTS)))
    names = [(at, name.removeprefix("cti/comfort-")) for at, name in spoken(of, 120)]
    assert names == [(20.0, "a"), (44.0, "b"), (68.0, "c"), (92.0, "a"), (116.0, "b")]


def test_comfort_never_comes_twice_in_a_row() -> None:
    one, other = prompt("cti/comfort-a"), prompt("cti/comfort-b")
    again = moment(treatment=Treatment("t", comfort=Comfort(20.0, (one, one, other))))
    said = [name for _, name in spoken(again, 600)]
    assert len(said) > 20
    assert all(one != other for one, other in pairwise(said))
    assert len(spoken(moment(treatment=Treatment("t", comfort=Comfort(20.0, (one,)))), 600)) == 1


def test_comfort_makes_room_for_an_announcement_that_is_near() -> None:
    of = moment(treatment=replace(FULL, welcome=(), comfort=Comfort(25.0, COMFORTS)))
    assert [at for at, name in spoken(of, 89) if name.startswith("cti/comfort")] == [30.0 + 8.0 + 25.0]


def test_between_two_things_there_is_music() -> None:
    heard = listened(moment(treatment=replace(FULL, comfort=Comfort(6.0, COMFORTS))), 600)
    apart = {POSITION.sounds[0], EXPECTED.sounds[0], WELCOME.sounds[0], BRING.sounds[0]}
    for (_, one), (_, other) in pairwise(heard):
        if one.sounds and other.sounds:
            assert {one.sounds[0], other.sounds[0]} <= apart
    assert all(item.for_s >= 1.0 for _, item in heard if not item.sounds)


def test_nothing_is_begun_that_the_closing_message_would_cut() -> None:
    of = moment(until_at=95.0)
    assert [at for at, _ in spoken(of, 95) if at > 85.0] == []
    assert [at for at, _ in spoken(moment(), 95) if at > 85.0] == [90.0, 94.0]


def test_another_wait_of_the_same_call_has_no_welcome_and_its_own_times() -> None:
    heard = Heard(rest=(BRING,), announced_at=30.0).of_ticket(2)
    of = moment(200.0, replace(FULL, comfort=None), since_at=200.0)
    assert spoken(of, 60, heard) == [(230.0, "cti/position-1"), (234.0, "cti/wait-1")]


def test_asked_twice_it_says_the_same() -> None:
    heard, of = Heard(), moment(12.5)
    assert next_item(heard, of) == next_item(heard, of)


OFFER = CallbackOffer(30.0, 60.0, ("cti/offer",), (), (), (), ())


def test_a_callback_is_offered_at_its_times_and_after_an_announcement_that_is_due_then() -> None:
    of = moment(treatment=Treatment("t", announcement=Announcement(30.0, 60.0, (POSITION,)), callback=OFFER))
    heard = listened(of, 130)
    assert [at for at, item in heard if item.offers] == [30.0 + 4.0 + BREATH_S, 90.0 + 4.0 + BREATH_S]


def test_comfort_makes_room_for_an_offer_too() -> None:
    of = moment(treatment=Treatment("t", comfort=Comfort(25.0, COMFORTS), callback=OFFER))
    heard = listened(of, 89)
    assert [at for at, item in heard if item.offers] == [30.0]
    assert [at for at, item in heard if item.sounds] == [30.0 + 4.0 + 25.0]


SECONDS = st.sampled_from([1.0, 5.0, 7.5, 20.0, 61.0])
SAID = st.lists(st.sampled_from([*COMFORTS, POSITION, EXPECTED, WELCOME]), max_size=3).map(tuple)
TREATMENTS = st.builds(
    Treatment, st.just("any"), SAID, st.just("calm"),
    st.none() | st.builds(Announcement, SECONDS, SECONDS, SAID, SAID),
    st.none() | st.builds(Comfort, SECONDS, SAID), st.none(),
    st.none() | st.builds(lambda first_s, every_s: replace(OFFER, first_s=first_s, every_s=every_s), SECONDS, SECONDS),
)  # fmt: skip


@settings(deadline=None)
@given(TREATMENTS, st.sampled_from([0.001, 2.0, 9.0]), st.booleans())
def test_whatever_a_treatment_says_nobody_spins_and_music_parts_what_is_said(
    treatment: Treatment, sound_s: float, known: bool
) -> None:
    """Even if no sound can be played, and each is over at once."""
    of = moment(treatment=treatment, news=(STRIKE,), until_at=280.0)
    heard = listened(of if known else replace(of, known=lambda _: None), 290, sound_s=sound_s)
    assert all(1.0 <= item.for_s <= WAIT_S for _, item in heard if not (item.sounds or item.offers))
    begun = [at for (_, before), (at, item) in pairwise(heard) if item.sounds and not before.sounds]
    assert all(later - at >= BREATH_S - 0.1 for at, later in pairwise(begun))
    for at, _ in heard:
        assert sum(at <= other < at + 1.0 for other, _ in heard) <= 8
    if treatment.announcement is None and not treatment.welcome:  # all that is said then is comfort
        assert all(one != other for one, other in pairwise(item.sounds for _, item in heard if item.sounds))
