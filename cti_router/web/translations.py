"""What the pages say: French in the templates, other languages in .po files, read as they are."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

LANGUAGES = {"fr": "Français", "en": "English"}
SPOKEN = "fr"
"""The language that the texts are written in."""


@cache
def catalog(language: str) -> Catalog:
    """The texts of a language, by what they are in French."""
    file = files("cti_router.web.pages").joinpath("locale", language, "LC_MESSAGES", "messages.po")
    with file.open("rb") as lines:
        return read_po(lines, locale=language, abort_invalid=True)


@cache
def translator(language: str) -> tuple[Callable[[str], str], Callable[[str, str, int], str]]:
    """`gettext` and `ngettext` for a language; a text that has no translation stays French."""
    texts = (
        {}
        if language == SPOKEN
        else {
            each.id if isinstance(each.id, str) else each.id[0]: each.string
            for each in catalog(language)
            if each.id and each.string
        }
    )

    def gettext(text: str) -> str:
        found = texts.get(text, text)
        return found if isinstance(found, str) else found[0]

    def ngettext(single: str, several: str, count: int) -> str:
        found = texts.get(single, (single, several))
        one = count in (0, 1) if language == SPOKEN else count == 1  # in French nothing is singular
        return found if isinstance(found, str) else found[0 if one else 1]

    return gettext, ngettext
