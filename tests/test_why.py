"""The ledger of a call in sentences."""

from zoneinfo import ZoneInfo

from cti_router.core.history import CallRecord, Counted, DecisionRecord, Outcome, TicketRecord
from cti_router.why import ledger_of
from tests.core.board import at

ARRIVED = at("2026-11-23 09:00")
OFFERED = DecisionRecord(
    ARRIVED + 12, 1, "offered", "a9a9", ("Rose : étape 1, Employeurs 5, libre depuis 3 s",),
    ("Remi : moins compétent (3 en tout)",), (Counted(0, 2, 1), Counted(1, 1, 0)), "most_competent",
)  # fmt: skip
CALL = CallRecord("caen-1.2", ARRIVED, "", "33261910001", "caen", outcome=Outcome.ANSWERED, decisions=(OFFERED,))

TEXT = """\
Appel caen-1.2, arrivé le 23/11/2026 à 09:00:00
09:00:12  proposé, règle : le plus compétent (configuration a9a9)
          Rose : étape 1, Employeurs 5, libre depuis 3 s
          écarté : Remi : moins compétent (3 en tout)
          étape 1 : 2 groupes compétents, dont 1 avec quelqu’un de libre
          étape 2 : 1 groupe compétent, dont 0 avec quelqu’un de libre"""


def test_each_decision_is_told() -> None:
    found = ledger_of(CALL, ZoneInfo("Europe/Paris"))
    assert found["text"] == TEXT
    assert found["decisions"][0]["at"] == "2026-11-23T09:00:12+01:00"
    assert found["decisions"][0]["counted"][0] == {"step": 0, "eligible": 2, "free": 1}


def test_a_call_with_several_tickets_says_which() -> None:
    two = CallRecord(
        "c", ARRIVED, "", "1", "caen", decisions=(OFFERED,),
        tickets=(TicketRecord(1, "inbound", ()), TicketRecord(2, "transfer", ())),
    )  # fmt: skip
    assert "09:00:12  proposé, ticket 1, règle" in ledger_of(two, ZoneInfo("Europe/Paris"))["text"]


def test_a_call_of_a_former_version_has_none() -> None:
    old = CallRecord("c", ARRIVED, "", "1", "caen")
    assert ledger_of(old, ZoneInfo("Europe/Paris"))["text"].endswith("\n  aucune décision")
