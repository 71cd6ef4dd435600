"""Who calls: the levels of recognition, and that routing comes to the same."""

import pytest

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import Last
from cti_router.core.tickets.recognition import Caller, recognise
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board

PROFILES = CONFIGURATION.profiles
DUPONT = Contributor(7, "SARL Dupont", "employer", "carl")
MARTIN = Contributor(8, "SAS Martin", "employer")
DURAND = Contributor(9, "Dr Durand", "health")
STRANGE = Contributor(10, "Y", "no_such_profile")


@pytest.mark.parametrize(
    ("contributors", "caller"),
    [
        ((), Caller(Recognition.UNKNOWN, PROFILES["unknown"])),
        ((DUPONT,), Caller(Recognition.RECOGNISED, PROFILES["employer"], DUPONT)),
        ((DUPONT, MARTIN), Caller(Recognition.SEVERAL, PROFILES["employer"])),
        ((DUPONT, DURAND), Caller(Recognition.SEVERAL, PROFILES["unknown"])),
        ((STRANGE,), Caller(Recognition.RECOGNISED, PROFILES["unknown"], STRANGE)),
    ],
)
def test_recognised_as_in_routing(contributors: tuple[Contributor, ...], caller: Caller) -> None:
    assert recognise(CONFIGURATION, contributors) == caller
    board = Board().open()
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.know("c1", *contributors)
    ticket = board.call("c1").ticket
    assert (ticket.recognition, ticket.profile) == (caller.recognition, caller.profile.id)
    assert ticket.contributor == (caller.contributor.id if caller.contributor else None)


def test_a_masked_caller_is_nobody_whoever_would_be_found() -> None:
    assert recognise(CONFIGURATION, (DUPONT,), masked=True) == Caller(Recognition.MASKED, PROFILES["unknown"])
    board = Board().open()
    board.arrive("c1", cli="")
    assert board.call("c1").ticket.recognition is Recognition.MASKED


def test_what_the_carrier_says_of_the_number_is_kept_and_told() -> None:
    board = Board().open()
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", 33261910101, Verified.YES))
    board.know("c1", Contributor(7, "SARL Dupont", "employer"))
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.recognition, row.verified) == (Recognition.RECOGNISED, Verified.YES)
    assert "reconnu par son numéro, garanti par l’opérateur : Employeur" in row.because
