"""Every text has its English, and no English is for a text that has gone."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from jinja2.ext import babel_extract

from cti_router.web.translations import LANGUAGES, SPOKEN, catalog, translator

PAGES = Path("cti_router/web/pages")


def _texts() -> Iterator[tuple[str, str]]:
    """Each text of the templates, and where it is."""
    for template in sorted((PAGES / "templates").rglob("*.html")):
        for line, _, message, _ in babel_extract(BytesIO(template.read_bytes()), ("_", "gettext", "ngettext"), [], {}):
            text = message if isinstance(message, str) else (message or [None])[0]  # the singular, where there are two
            if text:
                yield text, f"{template.name}:{line}"


def _single(text: str | tuple[str, ...] | list[str]) -> str:
    return text if isinstance(text, str) else text[0]


def test_every_text_is_translated() -> None:
    texts = dict(_texts())
    assert len(texts) > 100
    for language in set(LANGUAGES) - {SPOKEN}:
        known = {_single(message.id) for message in catalog(language) if message.id and message.string}
        assert {where: text for text, where in texts.items() if text not in known} == {}
        assert known - set(texts) == set()


def test_what_stands_for_a_value_is_translated_too() -> None:
    for language in set(LANGUAGES) - {SPOKEN}:
        gettext, _ = translator(language)
        for text, where in _texts():
            marks = re.compile(r"\{\}|%\(\w+\)s")
            assert sorted(marks.findall(gettext(text))) == sorted(marks.findall(text)), where


def test_the_scripts_say_only_what_is_a_text() -> None:
    keys = set(
        re.findall(r'data-key="(\w+)"', (PAGES / "templates" / "console_texts.html").read_text(encoding="utf-8"))
    )
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in sorted((PAGES / "static").glob("*.js")))
    said = set(re.findall(r'\bsay\("(\w+)"', scripts))
    assert said - keys == set()
    assert {
        key for key in keys - said if not re.search(rf'"{key}"|`{key.split("_")[0]}_\$|_more`|\b{key}:', scripts)
    } == set()
