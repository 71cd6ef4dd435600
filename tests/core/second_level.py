"""Who has whom on the line, where an advisor asks a colleague: what the tests of the second level begin with."""

from cti_router.core.aside import CallRequest
from cti_router.core.configuration import Configuration
from cti_router.core.inputs import PhoneState
from cti_router.core.instructions import Refused
from tests.core.board import CONFIGURATION, Board

# Monday morning: Rouen is on duty. Rémi knows employers at level 3, Rose at 5, both there; Carl at 4, at Caen.


def remi_talks(
    *also: str, now: str = "2026-11-23 09:00", configuration: Configuration = CONFIGURATION
) -> Board:  # fmt: skip
    """Rémi has the caller; these others come after that."""
    board = Board(configuration, now).open("remi")
    board.arrive("c1")
    board.talk("c1", "remi")
    for advisor in also:
        board.present(advisor)
    board.effects.clear()
    return board


def remi_consults_rose() -> Board:
    """Rose's phone rings, since Rémi wants to ask her something."""
    board = remi_talks("rose")
    board.consult("c1", "remi", "rose")
    board.phone("rose", PhoneState.RINGING)
    return board


def rose_answers(board: Board) -> None:
    board.phone("rose", PhoneState.IN_USE)


def why_not(board: Board, request: CallRequest) -> str:
    refused = board.ask_for(request)
    assert isinstance(refused, Refused), refused
    return refused.why
