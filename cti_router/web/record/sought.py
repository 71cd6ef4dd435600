"""What somebody types to find a contributor: a SIRET, an account, a telephone number, or words of a name. Pure."""

import re
import unicodedata
from typing import NamedTuple

from cti_router.numbering import parse_cli

LEAST = 3
_SIRET, _ACCOUNT, _SIREN = 14, 18, 9


class Sought(NamedTuple):
    """By one of these, or several at once: what could be meant."""

    e164: int | None = None
    siret: str | None = None
    account: str | None = None
    words: str | None = None


def sought(text: str) -> Sought:
    """Raises ValueError, in French, for what nobody can be found by."""
    digits = re.sub(r"[\s.\-]", "", text)
    if re.fullmatch(r"\+?\d+", digits):
        if len(digits) < LEAST:
            raise ValueError("Donnez au moins trois chiffres.")
        plain = digits.isdigit()
        return Sought(
            e164=parse_cli(digits).e164 if len(digits) < _SIRET else None,
            siret=digits if plain and _SIREN <= len(digits) <= _SIRET else None,
            account=digits if plain and len(digits) == _ACCOUNT else None,
        )
    words = re.findall(r"[a-z0-9]+", folded(text))
    if sum(map(len, words)) < LEAST:
        raise ValueError("Donnez au moins trois lettres du nom.")
    return Sought(words=" & ".join(f"{word}:*" for word in words))


def folded(text: str) -> str:
    """Without case and accents, as the database's `words_of` has it."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
