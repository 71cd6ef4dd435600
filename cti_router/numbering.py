"""Telephone numbers as PBXs and carriers write them, as E.164."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult

from cti_router.core.certainty import Verified
from cti_router.core.identity import Cli
from cti_router.core.plans.french_numbers import country_code_of

RAW_LIMIT = 64

_VERDICTS: Mapping[str, Verified] = {"yes": Verified.YES, "no": Verified.NO}
_WITHHELD = frozenset(("anonymous", "private", "restricted", "unavailable", "unknown", "withheld"))
_PLAIN_FRENCH = re.compile(r"(?:0|\+33|0033)([1-9][0-9]{4})([0-9]{4})")
_DIALLABLE = re.compile(r"\+?[0-9 ().\-/\u00a0]+")


def parse_cli(raw: str, region: str = "FR", *, verified: str = "") -> Cli:
    """A calling number in any form: national (of `region`), international with `+` or `00`, or none. Never raises.

    A withheld number has the raw text "". A text that cannot be a telephone number has no E.164; its raw text is kept,
    printable and cut to 64 characters. Possible numbers count, valid or not: the plan changes faster than libraries.
    `verified` is the carrier's word on it, `yes` or `no`; any other is none.
    """
    vouched = _VERDICTS.get(verified, Verified.UNKNOWN)
    printable = "".join(character for character in raw if character.isprintable()).strip()
    if printable.lower() in _WITHHELD:
        return Cli("", None, vouched)
    return Cli(printable[:RAW_LIMIT].strip(), e164(printable, region), vouched)


def parse_dnis(text: str) -> int | None:
    """The E.164 (without the plus sign) of a number dialled, written as `parse_cli` takes it; None when it is none."""
    return e164(text)


def e164(text: str, region: str = "FR") -> int | None:
    """The number in a printable text, without the plus sign; None when it is none."""
    if region == "FR" and len(text) <= RAW_LIMIT and (plain := _PLAIN_FRENCH.fullmatch(text.replace(" ", ""))):
        start = _block(plain[1])
        return None if start is None else start + int(plain[2])
    return _any_e164(text, region)


@cache
def _block(prefix: str) -> int | None:
    """The French plan is given out in blocks of ten thousand: the first number of the block. There are 90,000."""
    return _any_e164(f"0{prefix}0000", "FR")


@lru_cache(maxsize=4096)
def _any_e164(text: str, region: str) -> int | None:
    if len(text) > RAW_LIMIT or not _DIALLABLE.fullmatch(text):
        return None
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    national = phonenumbers.national_significant_number(number)
    country_code = number.country_code
    if country_code == 33:
        if national.startswith("0"):  # a digit is missing: the library takes the trunk prefix for one
            return None
        country_code = country_code_of(national)  # the library leaves overseas numbers in +33, where nobody has them
    return int(f"{country_code}{national}")
