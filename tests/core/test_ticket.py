"""What a channel carries: enough to go on, and nothing that could stop a router."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cti_router.core.certainty import Recognition
from cti_router.core.configuration import Requirement
from cti_router.core.tickets.ticket import Ticket, TicketKind, TicketState, ticket_from_text

NOW = 1_795_000_000.123

# To the millisecond, and in the past.
_PAST = st.integers(0, round(NOW * 1000)).map(lambda ms: ms / 1000)
_TICKETS = st.builds(
    Ticket,
    call=st.just("c1"),
    number=st.integers(1, 99),
    arrived_at=_PAST,
    opened_at=st.none() | _PAST,
    order=st.just(5),
    bonus_s=st.integers(0, 3600).map(float),
    profile=st.none() | st.from_regex(r"[a-z][a-z0-9_]{0,30}", fullmatch=True),
    contributor=st.none() | st.integers(1, 2**40),
    recognition=st.none() | st.sampled_from(Recognition),
    motive=st.none() | st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
    offers_made=st.integers(0, 999),
    kind=st.sampled_from(TicketKind),
    requirements=st.none()
    | st.lists(
        st.builds(Requirement, st.sampled_from(["employers", "health"]), st.integers(1, 5)), min_size=1, max_size=3
    ).map(tuple),
)


@given(_TICKETS)
def test_a_ticket_comes_back_as_it_went(ticket: Ticket) -> None:
    assert ticket_from_text("c1", ticket.to_text(), NOW, order=5) == ticket


@given(_TICKETS)
def test_its_text_is_what_a_channel_variable_can_hold(ticket: Ticket) -> None:
    text = ticket.to_text()
    assert text.isascii()
    assert not set(text) & set(" ,;&$\"'\\{}[]()|\r\n")
    assert len(text) < 210


@given(st.text() | st.lists(st.text(alphabet="0123456789-./ae+_ ٣", max_size=8), max_size=8).map("/".join))
@example("")
@example("1/2/3/-/-")
@example("1/1e3/0/-/-/0")
@example("////")
@example("nan/nan/nan/nan/nan/nan")
def test_rubbish_makes_a_ticket_that_arrived_no_later_than_now(text: str) -> None:
    ticket = ticket_from_text("c1", text, NOW, order=9)
    assert ticket.arrived_at <= NOW
    assert ticket.order == 9
    assert ticket.state is TicketState.ARRIVED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1/2/3",
        "1/two/0/-/-/0",
        "1/2/0/-/-/0/7",
        "1/2/0/-/abc/0",
        "1/2/0/-/-/0/lunch/-",
        "1/2/0/-/-/0/inbound/tax:9",
        "1/2/0/-/-/0/transfer/-/soon",
        "1/2/0/-/-/0/inbound/-/-/guessed/-",
        "1/2/0/-/-/0/inbound/-/-/masked",
        "1/2/0/-/-/0/inbound/-/-/masked/Tax",
    ],
)
def test_what_cannot_be_read_is_a_new_ticket(text: str) -> None:
    assert ticket_from_text("c1", text, NOW, order=9) == Ticket("c1", number=1, arrived_at=NOW, order=9)


def test_nobody_arrives_later_than_now() -> None:
    later = Ticket("c1", 1, NOW + 3600, 1, profile="employer", offers_made=3)
    found = ticket_from_text("c1", later.to_text(), NOW, order=1)
    assert (found.arrived_at, found.profile, found.offers_made) == (NOW, "employer", 3)


def test_a_bonus_moves_the_place_and_not_the_arrival() -> None:
    found = ticket_from_text("c1", "1/1795000000000/60/urgent/-/2/inbound/-", NOW, order=1)
    assert (found.arrived_at, found.bonus_s) == (1_795_000_000.0, 60.0)


def test_a_ticket_of_the_former_version_keeps_its_age() -> None:
    found = ticket_from_text("c1", "1/1795000000000/60/urgent/-/2", NOW, order=1)
    assert (found.arrived_at, found.kind, found.requirements) == (1_795_000_000.0, TicketKind.INBOUND, None)
