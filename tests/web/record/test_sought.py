import pytest

from cti_router.web.record.sought import Sought, folded, sought


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("732 829 320 00074", Sought(siret="73282932000074")),
        ("732 829 320", Sought(e164=33732829320, siret="732829320")),
        ("02 61 91 40 27", Sought(e164=33261914027, siret="0261914027")),
        ("+33 2.61.91.40.27", Sought(e164=33261914027)),
        ("257000041925700004", Sought(account="257000041925700004")),
        ("Menuiserie du Béssin", Sought(words="menuiserie:* & du:* & bessin:*")),
        ("d'Aubigny", Sought(words="d:* & aubigny:*")),
        ("'); DROP TABLE x; --", Sought(words="drop:* & table:* & x:*")),
    ],
)
def test_what_is_meant(text: str, found: Sought) -> None:
    assert sought(text)._replace(e164=found.e164 and sought(text).e164) == found


@pytest.mark.parametrize("text", ["", "  ", "ab", "12", "é!", "&|!:*"])
def test_by_so_little_nobody_is_found(text: str) -> None:
    with pytest.raises(ValueError, match="au moins trois"):
        sought(text)


def test_without_case_and_accents() -> None:
    assert folded("Évreux ÇÀ, CŒUR") == "evreux ca, coeur"
