"""What is prepared is all that the steps will ask for, and changes nothing of what they decide."""

from dataclasses import replace

from cti_router.core.inputs import Configure
from cti_router.core.matching.kinds import Kinds
from cti_router.core.prepared import prepared
from cti_router.core.switchboard import Switchboard
from cti_router.journal.codec import Codecs
from tests.core.board import CONFIGURATION, Board


def _known(kinds: Kinds) -> set[object]:
    return set(kinds._eligible)


def test_all_that_any_slot_s_callers_ask_for_is_known_beforehand() -> None:
    board = Board().open()
    made = prepared(CONFIGURATION)
    board.give(Configure(replace(CONFIGURATION, version="next"), made))
    known = _known(made)
    assert known
    for number, profile in enumerate(CONFIGURATION.profiles):
        board.arrive(f"c{number}", profile=profile)
    board.wait(300)
    assert len(board.switchboard.matching.waiting()) == len(CONFIGURATION.profiles)
    assert _known(made) == known


def test_the_same_is_known_of_it_as_when_it_is_asked_for() -> None:
    made, plain = prepared(CONFIGURATION), Kinds.of(CONFIGURATION)
    assert made.all == plain.all
    for demand in made._eligible:
        assert made.eligible(demand) == plain.eligible(demand)


def test_a_configuration_that_comes_prepared_is_taken_over_like_any_other() -> None:
    advisors = {id_: who for id_, who in CONFIGURATION.advisors.items() if id_ != "remi"}
    following = replace(CONFIGURATION, version="next", advisors=advisors)
    boards = Board().open("rose", "remi"), Board().open("rose", "remi")
    for board, made in zip(boards, (None, prepared(following)), strict=True):
        board.arrive("c1")
        board.give(Configure(following, made))
        board.wait(30)
    plain, with_it = boards
    assert plain.effects == with_it.effects
    assert plain.call("c1").record(plain.now) == with_it.call("c1").record(with_it.now)


def test_a_switchboard_may_be_made_of_what_was_prepared() -> None:
    made = prepared(CONFIGURATION)
    switchboard = Switchboard(CONFIGURATION, made)
    assert switchboard.matching._kinds is made
    assert switchboard.expected._kinds is made


def test_what_is_prepared_is_not_told_to_the_journal() -> None:
    codec = Codecs().of(Configure)
    told = codec.plain(Configure(CONFIGURATION, prepared(CONFIGURATION)))
    assert set(told) == {"configuration"}
    assert codec.value(told) == Configure(CONFIGURATION)
