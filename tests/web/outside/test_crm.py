import pytest

from cti_router.web.outside.crm import crm_address

TEMPLATE = "https://crm.example.fr/fiche/{siret}?tel={e164}&call={call}"


def test_what_is_known_stands_in_the_address() -> None:
    assert crm_address(TEMPLATE, siret="12345678901234", e164="+33261910001", call="c-1") == (
        "https://crm.example.fr/fiche/12345678901234?tel=%2B33261910001&call=c-1"
    )


def test_what_is_not_known_stands_for_nothing() -> None:
    assert crm_address(TEMPLATE, siret="", e164="", call=None) == "https://crm.example.fr/fiche/?tel=&call="


@pytest.mark.parametrize("value", ["../../x", "a&b=c", "a#b", "{siret}", 'a" onclick="b', "é /"])
def test_no_value_leaves_its_place(value: str) -> None:
    address = crm_address(TEMPLATE, siret="1", e164="2", call=value)
    shape = "https://crm.example.fr/fiche/1?tel=2&call="
    assert address.startswith(shape)
    assert not set(address.removeprefix(shape)) & set("/&=#\"'{} ?")
