"""Nobody is woken for what is over."""

from cti_router.core.deadlines import Deadlines, Due
from tests.core.board import Board


def test_the_next_one_holds() -> None:
    deadlines, over = Deadlines(), {"b"}
    deadlines.lapse(Due.OFFER_LOST, over.__contains__)
    for at, due, about in ((3.0, Due.OFFER_LOST, "a"), (1.0, Due.OFFER_LOST, "b"), (2.0, Due.WRAP_UP_OVER, "b")):
        deadlines.set(at, due, about)
    deadlines.drop_lapsed()
    assert deadlines.next_at() == 2.0
    over.add("a")
    assert deadlines.pop_due(2.0) == (Due.WRAP_UP_OVER, "b")
    deadlines.drop_lapsed()
    assert deadlines.next_at() is None


def test_a_call_that_is_over_wakes_nobody() -> None:
    board = Board(now="2026-11-23 11:00").open("remi")
    board.wait(5.0)  # what is seen at the start has settled
    board.arrive("c1")
    board.talk("c1", "remi")
    board.end_talk("c1", "remi", talked_s=1.0)
    board.hang_up("c1")
    assert board.switchboard.next_deadline() == board.state("remi").wrap_up_until_at
