import json

from hypothesis import given
from hypothesis import strategies as st

from cti_router.core.certainty import Verified
from cti_router.core.history import CallRecord, Counted, DecisionRecord, Direction, OfferRecord, TicketRecord
from cti_router.database.pool import Pool
from cti_router.postgres.history import read_recent_history, write_history
from cti_router.postgres.records import record_from_stored, record_to_json, record_to_stored
from tests.postgres.samples import MONDAY, ended_call, open_call

# What a clock gives, cut to the microsecond, from 2001 to 2065.
instants = st.integers(10**15, 3 * 10**15).map(lambda microseconds: microseconds / 1e6)
seconds = st.floats(0, 86_400)
tickets = st.builds(
    TicketRecord,
    opened_at=st.none() | instants,
    waited_s=st.none() | seconds,
    advisor=st.none() | st.text(),
    path=st.lists(st.text(), max_size=3).map(tuple),
    answered_at=st.none() | instants,
    talked_s=seconds,
    served_s=seconds,
    offers=st.lists(st.builds(OfferRecord, offered_at=instants, rang_s=seconds)).map(tuple),
)
records = st.builds(
    CallRecord,
    arrived_at=instants,
    ended_at=st.none() | instants,
    waited_s=seconds,
    talked_s=seconds,
    tickets=st.lists(tickets, max_size=3).map(tuple),
)


DECISION = DecisionRecord(
    MONDAY + 1.5,
    1,
    "offered",
    "a9a9",
    ("Sophie est libre.",),
    ("Rémi : absent",),
    (Counted(0, 2, 1),),
    "most_competent",
)


@given(records)
def test_what_is_kept_as_json_comes_back_exactly(record: CallRecord) -> None:
    assert record_from_stored(json.loads(json.dumps(record_to_stored(record)))) == record


async def test_what_is_kept_in_the_database_comes_back_exactly(pool: Pool) -> None:
    whole = ended_call(
        "whole",
        MONDAY + 0.123457,
        sip="3c26700b@192.0.2.7",
        verified=Verified.NO,
        decisions=(DECISION,),
        motive="tax",
        message="cti/whole",
        direction=Direction.OUT,
        author="anne",
    )
    bare = open_call("bare", ended_at=MONDAY + 1, outcome=whole.outcome)
    async with pool.connection() as connection:
        await write_history(connection, [record_to_stored(whole), record_to_stored(bare)])
        assert await read_recent_history(connection, 10) == (whole, bare)


def test_what_is_printed() -> None:
    assert record_to_json(ended_call()) == {
        "id": "lyon-1",
        "arrived_at": "2026-03-02T09:30:00.000000+00:00",
        "ended_at": "2026-03-02T09:31:17.750000+00:00",
        "cli": "0261910001",
        "dnis": "3957",
        "contributor": 7,
        "profile": "employer",
        "recognition": "recognised",
        "entry_site": "lyon",
        "duty_site": "brest",
        "advisor": "sophie",
        "advisor_site": "brest",
        "path": ["lyon", "brest"],
        "waited_s": 15.75,
        "talked_s": 62.0,
        "outcome": "answered",
        "because": "Brest est d’accueil. ; Sophie est libre ; elle a le niveau 4.",
        "tickets": [
            {
                "number": 1,
                "kind": "inbound",
                "opened_at": "2026-03-02T09:30:00.000000+00:00",
                "waited_s": 15.75,
                "advisor": "sophie",
                "path": ["lyon", "brest"],
                "answered_at": "2026-03-02T09:30:15.750000+00:00",
                "talked_s": 62.0,
                "served_s": 62.0,
                "offers": [
                    {
                        "advisor": "sophie",
                        "offered_at": "2026-03-02T09:30:11.250000+00:00",
                        "result": "talked",
                        "rang_s": 4.5,
                        "sip": "b2f0@192.0.2.1",
                    }
                ],
            }
        ],
        "sip": "",
        "verified": "unknown",
        "motive": None,
        "message": "",
        "direction": "in",
        "author": "",
    }


def test_a_row_kept_by_a_version_that_knew_less_is_read() -> None:
    stored = record_to_stored(ended_call())
    del stored["sip"], stored["verified"], stored["decisions"], stored["motive"], stored["message"]
    del stored["direction"], stored["author"]
    assert record_from_stored(stored) == ended_call()


def test_a_ticket_kept_by_a_version_that_did_not_tell_who_answered_it_is_read() -> None:
    stored = record_to_stored(ended_call())
    ticket = stored["tickets"][0]
    stored["tickets"] = [{name: ticket[name] for name in ("number", "kind", "offers")}]
    (read,) = record_from_stored(stored).tickets
    assert (read.number, read.kind, len(read.offers)) == (1, "inbound", 1)
    assert (read.opened_at, read.waited_s, read.advisor, read.answered_at) == (None, None, None, None)


def test_an_offer_kept_by_a_version_that_did_not_tell_its_leg_is_read() -> None:
    stored = record_to_stored(ended_call())
    del stored["tickets"][0]["offers"][0]["sip"]
    (ticket,) = record_from_stored(stored).tickets
    assert (ticket.offers[0].advisor, ticket.offers[0].sip) == ("sophie", "")
