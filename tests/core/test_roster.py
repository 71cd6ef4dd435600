"""Advisors who come and go with the configuration: what they chose is never lost."""

from dataclasses import replace

from cti_router.core.inputs import Configure, Presence
from tests.core.board import CONFIGURATION, Board


def test_an_advisor_who_is_removed_and_comes_back_is_what_he_chose_to_be() -> None:
    board = Board().open("rose", "remi")
    without = {id_: who for id_, who in CONFIGURATION.advisors.items() if id_ != "remi"}
    board.give(Configure(replace(CONFIGURATION, advisors=without)))
    board.give(Configure(CONFIGURATION))
    assert board.state("remi").presence is Presence.AVAILABLE


def test_what_he_chose_in_his_last_talk_counts_too() -> None:
    board = Board().open("remi")
    board.arrive("c1")
    board.talk("c1", "remi")
    without = {id_: who for id_, who in CONFIGURATION.advisors.items() if id_ != "remi"}
    board.give(Configure(replace(CONFIGURATION, advisors=without)))
    board.present("remi", Presence.LOGGED_OUT)
    board.end_talk("c1", "remi")
    board.wait(31)
    board.give(Configure(CONFIGURATION))
    assert board.state("remi").presence is Presence.LOGGED_OUT
