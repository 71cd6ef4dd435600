"""A contributor's record as the real template shows it: invented, with a number reserved for fiction."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from cti_router.config import load
from cti_router.web.record.page import record_page
from cti_router.web.record.record import Account, Contact, Declaration, PaymentPlan, Phone, Record
from tests.web.kit import ADVISOR, EXAMPLE

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 24, 9, 5, tzinfo=PARIS).timestamp()
"""The stage's time when it begins."""
NAME, OTHER_NAME = "Menuiserie du Bessin", "Garage Lebrun"


def _at(month: int, day: int, hour: int, minute: int) -> float:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS).timestamp()


def record(name: str = NAME) -> str:
    """Its part of the page."""
    months = [(month, date(2026, month + 1, 5)) for month in (11, 10, 9, 8)]
    received = {11: None, 10: date(2026, 11, 4), 9: date(2026, 10, 5), 8: date(2026, 9, 11)}
    shown = Record(
        id=17, name=name, siret="73282932000074", profile="employer", advisor_in_charge=ADVISOR.advisor,
        legal_form="SARL", activity="Menuiserie", employees=14, street="3 rue des Bouchers", postcode="14400",
        town="Bayeux", email="contact@menuiserie.example",
        phones=(Phone(33261914027, "Standard"), Phone(33261917703, "Comptable")),
        accounts=(
            Account("25700004192", "", -421840, -6100),
            Account("25700007730", "atelier de Bayeux", 0, 0),
        ),
        payment_plans=(PaymentPlan("under_study", 421840, 6, 0, date(2026, 11, 12)),),
        declarations=tuple(Declaration("DSN", date(2026, month, 1), 1, due, received[month]) for month, due in months),
        contacts=(
            Contact("a", _at(11, 12, 10, 42), "collections", "damien_hebert", "answered", "follow_up",
                    "Veut payer en trois fois, pièces attendues"),
            Contact("b", _at(10, 3, 15, 8), "declaration", "anne_lefevre", "answered", "first_level",
                    "Taux corrigé avec le comptable"),
            Contact("c", _at(6, 17, 9, 15), "other", None, "abandoned", None, None),
            Contact("d", _at(4, 2, 11, 30), "collections", "loic_tesson", "answered", "second_level", None),
        ),
    )  # fmt: skip
    return record_page(shown, load(EXAMPLE, {}).configuration, ADVISOR, PARIS, NOW)
