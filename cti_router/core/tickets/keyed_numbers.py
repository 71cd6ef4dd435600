"""What contributors key in to say who they are: which digits can be such a number at all."""

from collections.abc import Iterable

from cti_router.core.identity import Contributor

SIRET_DIGITS, ACCOUNT_DIGITS, SIRET_END = 14, 18, 5
"""How many digits a SIRET and an account number have; how many of a SIRET tell those apart who share a number."""

_LA_POSTE, _LA_POSTE_HEAD_OFFICE = "356000000", "35600000000048"
_LUHN_DOUBLED = str.maketrans("0123456789", "0246813579")


def is_siret(text: str) -> bool:
    """Fourteen digits that pass Luhn's check; those of La Poste's offices have another, the sum a multiple of 5."""
    if len(text) != SIRET_DIGITS or not (text.isascii() and text.isdigit()):
        return False
    if text.startswith(_LA_POSTE) and text != _LA_POSTE_HEAD_OFFICE:
        return sum(map(int, text)) % 5 == 0
    digits = text[::2].translate(_LUHN_DOUBLED) + text[1::2]
    return (sum(digits.encode()) - SIRET_DIGITS * ord("0")) % 10 == 0


def is_account(text: str, *, checked: bool = True) -> bool:
    """Eighteen digits, of which the last two are 97 less the others modulo 97.

    The complement to 97 is what French social security numbers end in. 97 is prime, so a single wrong digit never
    passes, nor two that changed places next to each other; of digits at random one in a hundred does. Unless `checked`,
    eighteen digits are enough: not every house's accounts have such a key.
    """
    if len(text) != ACCOUNT_DIGITS or not (text.isascii() and text.isdigit()):
        return False
    return not checked or int(text[-2:]) == 97 - int(text[:-2]) % 97


def with_siret_ending(contributors: Iterable[Contributor], digits: str) -> tuple[Contributor, ...]:
    """Those whose SIRET ends in these five digits; fewer or more digits are nobody's."""
    if len(digits) != SIRET_END:
        return ()
    return tuple(each for each in contributors if each.siret.endswith(digits))
