"""Which digits can be a SIRET or an account number: as the standard library of numbers has it, and by the rule's own
words."""

from hypothesis import example, given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.fr import siret as stdnum_siret

from cti_router.core.identity import Contributor
from cti_router.core.tickets.keyed_numbers import is_account, is_siret, with_siret_ending

_SIRETS = st.integers(0, 10**13 - 1).map(lambda number: f"{number:013}{luhn.calc_check_digit(f'{number:013}')}")
_ACCOUNTS = st.integers(0, 10**16 - 1).map(lambda number: f"{number:016}{97 - number % 97:02}")


@given(st.one_of(_SIRETS, st.from_regex(r"[0-9]{14}", fullmatch=True)))
def test_sirets(text: str) -> None:
    if luhn.is_valid(text[:9]):  # the standard library of numbers checks the SIREN in it, too
        assert is_siret(text) == stdnum_siret.is_valid(text)
    assert is_siret(text) == luhn.is_valid(text)


@given(st.integers(0, 99_999))
@example(48)
def test_sirets_of_la_poste(office: int) -> None:
    assert is_siret(f"356000000{office:05}") == stdnum_siret.is_valid(f"356000000{office:05}")


@given(_ACCOUNTS, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_no_account(account: str, place: int, more: int) -> None:
    assert is_account(account)
    wrong = f"{account[:place]}{(int(account[place]) + more) % 10}{account[place + 1 :]}"
    assert not is_account(wrong)
    assert is_account(wrong, checked=False)


@given(_ACCOUNTS, st.integers(0, 14))
def test_two_digits_that_changed_places_are_no_account(account: str, place: int) -> None:
    first, second = account[place], account[place + 1]
    swapped = f"{account[:place]}{second}{first}{account[place + 2 :]}"
    assert is_account(swapped) == (first == second)


@given(st.text(st.sampled_from("0123456789*#٣ "), max_size=20))
def test_what_has_another_length_or_other_signs_is_neither(text: str) -> None:
    digits = text.isascii() and text.isdigit()
    assert not is_siret(text) or (digits and len(text) == 14)
    assert is_account(text, checked=False) == (digits and len(text) == 18)


def test_those_are_told_apart_whose_siret_ends_so() -> None:
    roy, martin = Contributor(1, "Roy", "employer", siret="00000001800010"), Contributor(2, "Martin", "health")
    twin = Contributor(3, "Durand", "health", siret="00000002600010")
    assert with_siret_ending((roy, martin), "00010") == (roy,)
    assert with_siret_ending((roy, twin), "00010") == (roy, twin)
    assert with_siret_ending((roy, martin), "00011") == ()
    assert [with_siret_ending((roy, martin), digits) for digits in ("", "0010", "800010")] == [(), (), ()]
