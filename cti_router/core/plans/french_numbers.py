"""The French numbering plan, as far as it is needed: country codes, and ten digits that somebody keyed."""

import re
from collections.abc import Mapping

COUNTRY_CODES: Mapping[str, int] = {
    "590": 590, "690": 590, "691": 590,                                     # Guadeloupe
    "594": 594, "694": 594,                                                 # Guyane
    "596": 596, "696": 596, "697": 596,                                     # Martinique
    "262": 262, "263": 262, "692": 262, "693": 262,                         # La Réunion
    "269": 262, "639": 262,                                                 # Mayotte
    "63998": 33,                                                            # metropolitan: kept for fiction
}  # fmt: skip
"""The overseas departments share the plan, but have country codes of their own: by the first digits of the national
number (without the 0), the longest wins. Any other is of 33."""

DIGITS = 10
"""Of a number as it is dialled in France."""

_SUBSCRIBERS = re.compile(r"0[1-79][0-9]{8}")


def country_code_of(national: str) -> int:
    """`national`: the nine digits after the 0, or the first five of them at least."""
    prefixes = [prefix for prefix in COUNTRY_CODES if national.startswith(prefix)]
    return COUNTRY_CODES[max(prefixes, key=len)] if prefixes else 33


def e164_of_keyed(digits: str) -> int | None:
    """The subscriber's number that was keyed as ten digits, E.164 without the plus sign; None when it is none.

    Those in 08 cost more than a call (special-rate services), and shorter ones are services' or of emergency: nobody is
    called back there.
    """
    if not digits.isascii() or not _SUBSCRIBERS.fullmatch(digits):
        return None
    return int(f"{country_code_of(digits[1:])}{digits[1:]}")
