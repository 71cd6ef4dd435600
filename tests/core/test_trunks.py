"""Lines between PBXs: one way, a number of places; direct, by a third site, over the public network; rest and probe."""

from dataclasses import replace

import pytest

from cti_router.core.configuration import PUBLIC, Configuration, Site, Trunk
from cti_router.core.effects import ProbeTrunk
from cti_router.core.inputs import CallerLeft, Last, LegSeen, PbxSynced, PhoneState, TrunkChanged
from cti_router.core.instructions import Dial, Wait
from cti_router.core.ways.trunks import LINE, Line, LineMoved, LineState, Trunks
from tests.core.board import CONFIGURATION, Board

SITES = {id_: Site(id_, id_) for id_ in ("caen", "rouen", "dieppe", "evreux")}
TO_ROUEN = Trunk("caen-rouen", "caen", "rouen", 2)
PATH = ("caen", "rouen")
MESH = [
    Trunk(f"{origin}-{destination}", origin, destination, 2)
    for origin in SITES
    for destination in SITES
    if origin != destination
]


@pytest.mark.parametrize("before", LineState)
@pytest.mark.parametrize("moved", LineMoved)
def test_a_line_follows_the_table_or_stays(before: LineState, moved: LineMoved) -> None:
    line = Line(1, before)
    following = LINE.get((before, moved))
    assert line.move(moved) is (following is not None)
    assert line.state is (following or before)


def test_at_home_no_line_is_needed() -> None:
    trunks = Trunks([], SITES)
    assert trunks.path("caen", "caen") == ("caen",)
    trunks.reserve(("caen",), "o1")
    assert not trunks.free(("caen",), "o1")


def test_a_line_goes_one_way() -> None:
    trunks = Trunks([TO_ROUEN], SITES)
    assert trunks.path("caen", "rouen") == PATH
    assert trunks.path("rouen", "caen") is None
    assert trunks.path("caen", "brest") is None


def test_a_full_line_is_no_way_until_a_place_is_free_again() -> None:
    trunks = Trunks([TO_ROUEN], SITES)
    trunks.reserve(PATH, "o1")
    assert trunks.path("caen", "rouen") == PATH
    trunks.reserve(PATH, "o2")
    assert trunks.path("caen", "rouen") is None
    assert trunks.free(PATH, "o1")  # it was full: somebody may wait for it
    assert trunks.path("caen", "rouen") == PATH
    assert not trunks.free(PATH, "o2")
    assert trunks.in_use("caen", "rouen") == 0


def test_an_offer_holds_one_place_however_often_it_is_told() -> None:
    trunks = Trunks([TO_ROUEN], SITES)
    for _ in range(2):
        trunks.reserve(PATH, "o1")
    assert trunks.in_use("caen", "rouen") == 1
    for _ in range(2):
        trunks.free(PATH, "o1")
    assert trunks.in_use("caen", "rouen") == 0


def test_a_line_that_is_down_is_no_way_and_keeps_its_places() -> None:
    trunks = Trunks([TO_ROUEN], SITES)
    trunks.reserve(PATH, "o1")
    assert not trunks.changed("caen", "rouen", reachable=False)
    assert trunks.path("caen", "rouen") is None
    assert trunks.changed("caen", "rouen", reachable=True)
    assert trunks.path("caen", "rouen") == PATH
    assert trunks.in_use("caen", "rouen") == 1


def test_the_news_of_an_unknown_line_is_harmless() -> None:
    trunks = Trunks([TO_ROUEN], SITES)
    for reachable in (False, True):
        assert not trunks.changed("caen", "brest", reachable)
    assert trunks.path("caen", "brest") is None
    assert trunks.path("caen", "rouen") == PATH


def test_third_sites_help_in_the_order_of_the_trunk_or_of_the_sites() -> None:
    trunks = Trunks(MESH, SITES)
    trunks.changed("caen", "rouen", reachable=False)
    assert trunks.path("caen", "rouen") == ("caen", "dieppe", "rouen")
    direct = replace(TO_ROUEN, via=("evreux", "dieppe"))
    trunks.configure([direct, *(trunk for trunk in MESH if trunk.id != direct.id)], SITES)
    assert trunks.path("caen", "rouen") == ("caen", "evreux", "rouen")
    trunks.changed("evreux", "rouen", reachable=False)
    assert trunks.path("caen", "rouen") == ("caen", "dieppe", "rouen")


def test_the_public_network_is_the_last_way_and_only_to_numbers_that_are_there() -> None:
    sites = SITES | {"caen": replace(SITES["caen"], public_calls=1)}
    trunks = Trunks([TO_ROUEN], sites)
    trunks.changed("caen", "rouen", reachable=False)
    assert trunks.path("caen", "rouen") is None
    sites = sites | {"rouen": replace(SITES["rouen"], direct_numbers="3326191{phone}")}
    trunks.configure([TO_ROUEN], sites)
    public = ("caen", PUBLIC, "rouen")
    assert trunks.path("caen", "rouen") == public
    trunks.reserve(public, "o1")
    assert trunks.path("caen", "rouen") is None  # it places one call at once
    assert trunks.free(public, "o1")


def test_what_others_have_on_a_line_counts_until_they_are_gone() -> None:
    trunks = Trunks([TO_ROUEN], SITES)
    trunks.others_synced("caen", {"caen-1.7": "rouen", "caen-1.9": "rouen"})
    assert trunks.path("caen", "rouen") is None
    assert trunks.left("caen-1.7")
    assert not trunks.left("caen-1.7")
    assert trunks.path("caen", "rouen") == PATH
    trunks.others_synced("caen", {})
    assert trunks.in_use("caen", "rouen") == 0


def test_a_line_that_fails_again_rests_twice_as_long() -> None:
    trunks = Trunks([TO_ROUEN], SITES)
    rests = []
    for _ in range(7):
        rests.append(trunks.failed(PATH, now=100.0) - 100.0)
        assert trunks.rested("caen", "rouen", now=rests[-1] + 100.0)
        assert trunks.path("caen", "rouen") is None  # not before its PBX has told
        assert trunks.changed("caen", "rouen", reachable=True)
    assert rests == [10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0]
    trunks.carried(PATH)
    assert trunks.failed(PATH, now=0.0) == 10.0


# in the switchboard


def failed_trunk() -> Board:
    """Rose's phone could not be reached over the trunk, and it was not the phone."""
    board = Board().open("rose")
    told = board.arrive("c1")
    assert isinstance(board.ask("c1"), Dial)
    assert isinstance(told, Wait)
    offer = board.call("c1").ticket.offer or ""
    assert isinstance(board.ask("c1", Last.NO_WAY, offer=offer), Wait)
    return board


def probes(board: Board) -> list[ProbeTrunk]:
    return [effect for effect in board.effects if isinstance(effect, ProbeTrunk)]


def test_after_its_rest_a_trunk_is_probed_and_carries_when_its_pbx_says_so() -> None:
    board = failed_trunk()
    board.wait(9.9)
    assert probes(board) == []
    board.wait(0.2)
    assert probes(board) == [ProbeTrunk("caen", "rouen")]
    assert board.call("c1").ticket.offer is None
    board.give(TrunkChanged("caen", "rouen", reachable=True))
    assert board.call("c1").ticket.offer is not None


def test_a_trunk_whose_probe_finds_nobody_stays_down() -> None:
    board = failed_trunk()
    board.wait(10.1)
    board.give(TrunkChanged("caen", "rouen", reachable=False))
    board.wait(30)
    assert board.call("c1").ticket.offer is None


def test_a_probe_that_nobody_answers_leaves_it_to_the_next_call() -> None:
    board = failed_trunk()
    board.wait(15.2)
    assert board.call("c1").ticket.offer is not None


def over_the_public_network() -> Configuration:
    sites = {
        "caen": replace(CONFIGURATION.sites["caen"], public_calls=2),
        "rouen": replace(CONFIGURATION.sites["rouen"], direct_numbers="3326191{phone}"),
    }
    return replace(CONFIGURATION, sites=sites)


def test_an_advisor_is_rung_over_the_public_network_when_no_trunk_leads_there() -> None:
    board = Board(over_the_public_network()).open("rose")
    board.give(TrunkChanged("caen", "rouen", reachable=False))
    board.arrive("c1")
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert (told.path, told.number) == (("caen", PUBLIC, "rouen"), "3326191201")
    assert "par la ligne Caen → réseau public → Rouen" in board.call("c1").record(board.now).because


def test_after_a_restart_each_leg_is_counted_on_the_line_it_uses() -> None:
    former = Board().open("rose")
    former.arrive("c1")
    former.talk("c1", "rose")
    seen = replace(former.seen("c1", "dial"), offer="c1-1-1", advisor="rose", bridged=True)
    legs = (LegSeen("caen-1.2", "dieppe", "c1"), LegSeen("caen-1.9", "rouen", ""))
    mesh = {trunk.id: trunk for trunk in MESH if {trunk.origin, trunk.destination} <= {"caen", "rouen", "dieppe"}}
    sites = dict(CONFIGURATION.sites) | {"dieppe": Site("dieppe", "Dieppe")}
    board = Board(replace(CONFIGURATION, trunks=mesh, sites=sites)).open()
    board.give(PbxSynced("caen", (seen,), {"101": PhoneState.FREE}, {}, legs=legs))
    assert board.call("c1").record(board.now).path == ("caen", "dieppe", "rouen")
    trunks = board.switchboard.trunks
    assert [trunks.in_use(*hop) for hop in (("caen", "dieppe"), ("dieppe", "rouen"), ("caen", "rouen"))] == [1, 1, 1]
    board.give(CallerLeft("caen-1.9", 16))
    assert trunks.in_use("caen", "rouen") == 0
