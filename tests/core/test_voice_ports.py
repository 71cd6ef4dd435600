"""Voice ports: a caller holds one from his arrival to his talk. When all are taken: the next PBX, or a polite busy."""

from dataclasses import replace

import pytest

from cti_router.core.configuration import Configuration
from cti_router.core.history import Outcome
from cti_router.core.inputs import Configure, Last, PbxLost, PbxSynced, PhoneState
from cti_router.core.instructions import Dial, Play, Refuse, Wait
from cti_router.core.ways.voice_ports import PORT, Port, PortMoved, PortState, VoicePorts
from tests.core.board import CONFIGURATION, Board


def with_ports(count: int | None, *entries: str) -> Configuration:
    numbers = {
        dnis: replace(number, busy_sounds=("busy",), entries=entries, greeting_sounds=("hello",))
        for dnis, number in CONFIGURATION.numbers.items()
    }
    sites = {id_: replace(site, voice_ports=count) for id_, site in CONFIGURATION.sites.items()}
    return replace(CONFIGURATION, sites=sites, numbers=numbers)


def states(board: Board, site: str = "caen") -> list[str]:
    return [port.state for port in board.switchboard.voice_ports.at(site)]


@pytest.mark.parametrize("before", PortState)
@pytest.mark.parametrize("moved", PortMoved)
def test_a_port_follows_the_table_or_stays(before: PortState, moved: PortMoved) -> None:
    port = Port("caen", 1, before)
    following = PORT.get((before, moved))
    assert port.move(moved) is (following is not None)
    assert port.state is (following or before)


def test_a_port_shows_what_its_caller_hears() -> None:
    board = Board(with_ports(2)).open("rose")
    assert states(board) == ["free", "free"]
    assert isinstance(board.arrive("c1"), Play)
    assert states(board) == ["treating", "free"]
    assert isinstance(board.ask("c1", Last.PLAYED), Dial)
    assert states(board) == ["ringing", "free"]
    board.phone("rose", PhoneState.IN_USE)
    assert states(board) == ["free", "free"]
    board.end_talk("c1", "rose")
    assert states(board) == ["free", "free"]


def test_a_caller_who_waits_holds_his_port_until_he_leaves() -> None:
    board = Board(with_ports(1)).open()
    board.arrive("c1")
    board.ask("c1", Last.PLAYED)
    assert states(board) == ["waiting"]
    board.leave("c1")
    assert states(board) == ["free"]


def test_when_all_are_taken_the_carrier_is_sent_to_the_next_pbx() -> None:
    board = Board(with_ports(1, "caen", "rouen")).open()
    board.arrive("c1")
    assert board.arrive("c2") == Refuse(34)
    board.hang_up("c2")
    row = board.history()["c2"]
    assert row.outcome is Outcome.REFUSED
    assert "ports vocaux de Caen tous pris : à présenter à Rouen" in row.because
    assert isinstance(board.arrive("c3", site="rouen"), Play)


def test_when_the_next_pbx_is_full_too_a_polite_busy() -> None:
    board = Board(with_ports(1, "caen", "rouen")).open()
    board.arrive("c1")
    board.arrive("c2", site="rouen")
    assert board.arrive("c3") == Refuse(17, ("busy",))


def test_a_pbx_out_of_reach_is_no_next_one() -> None:
    board = Board(with_ports(1, "caen", "rouen")).open()
    board.arrive("c1")
    board.give(PbxLost("rouen"))
    assert board.arrive("c2") == Refuse(17, ("busy",))


def test_where_the_carrier_knows_one_pbx_only_a_polite_busy() -> None:
    board = Board(with_ports(1)).open()
    board.arrive("c1")
    assert board.arrive("c2") == Refuse(17, ("busy",))
    assert board.ask_again("c2") == Refuse(17, ("busy",))


def test_without_a_count_everybody_is_treated() -> None:
    board = Board(with_ports(None)).open()
    told = [board.arrive(f"c{n}") for n in range(50)]
    assert all(isinstance(instruction, Play) for instruction in told)
    assert board.switchboard.voice_ports.in_use("caen") == 50


def test_who_comes_back_from_a_cut_talk_is_never_refused() -> None:
    board = Board(with_ports(1)).open("rose")
    board.arrive("c1")
    board.ask("c1", Last.PLAYED)
    board.phone("rose", PhoneState.IN_USE)
    board.arrive("c2")
    offer = board.call("c1").ticket.offer or ""
    board.give(PbxLost("rouen"))
    assert isinstance(board.ask("c1", Last.CUT, offer=offer, talked_s=5.0), Wait)
    assert states(board) == ["treating", "waiting"]
    board.leave("c1")
    board.leave("c2")
    assert states(board) == ["free"]


def test_fewer_ports_put_nobody_out() -> None:
    board = Board(with_ports(2)).open()
    board.arrive("c1")
    board.arrive("c2")
    board.give(Configure(with_ports(1)))
    assert set(board.switchboard.calls) == {"c1", "c2"}
    board.leave("c1")
    assert board.arrive("c3") == Refuse(17, ("busy",))


def test_callers_found_after_a_restart_hold_their_ports() -> None:
    former = Board(with_ports(1)).open()
    former.arrive("c1")
    former.ask("c1", Last.PLAYED)
    board = Board(with_ports(1)).open()
    board.give(PbxSynced("caen", (former.seen("c1", "wait"),), {"101": PhoneState.FREE}, {}))
    assert states(board) == ["waiting"]


def test_the_lowest_free_port_is_taken() -> None:
    ports = VoicePorts(with_ports(3).sites)
    for call in ("c1", "c2", "c3"):
        ports.take(call, "caen")
    ports.give_back("c2")
    ports.take("c4", "caen")
    assert [port.call for port in ports.at("caen")] == ["c1", "c4", "c3"]
