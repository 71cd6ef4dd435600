from datetime import date

import pytest

from cti_router.web.record import french

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("cents", "said"),
    [(-421840, "− 4 218,40 €"), (0, "0,00 €"), (5, "0,05 €"), (-5, "− 0,05 €"), (123456789, "1 234 567,89 €")],
)
def test_an_amount(cents: int, said: str) -> None:
    assert french.amount(cents).replace(french.NARROW, " ").replace("\u00a0", " ") == said


def test_numbers_in_groups() -> None:
    assert french.siret("73282932000074") == "732 829 320 00074"
    assert french.account("257000041925700004") == "257 000 041 925 700 004"
    assert french.phone(33261914027) == "02 61 91 40 27"
    assert french.phone("+4930123456") == "+4930123456"
    assert french.phone("") == ""


def test_days() -> None:
    assert french.day(date(2026, 12, 5), TODAY) == "5 décembre"
    assert french.day(date(2027, 1, 1), TODAY) == "1er janvier 2027"
    assert french.period(date(2026, 10, 1), 1, TODAY) == "Octobre"
    assert french.period(date(2025, 12, 1), 1, TODAY) == "Décembre 2025"
    assert french.period(date(2026, 7, 1), 3, TODAY) == "3e trimestre"
    assert french.period(date(2027, 1, 1), 3, TODAY) == "1er trimestre 2027"
    assert french.period(date(2025, 1, 1), 12, TODAY) == "Année 2025"
    distances = {12: "dans 12 jours", 1: "demain", 0: "aujourd’hui", -1: "hier", -8: "il y a 8 jours"}
    for days, said in distances.items():
        assert french.distance(date.fromordinal(TODAY.toordinal() + days), TODAY) == said
