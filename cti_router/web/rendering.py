"""Pages out of templates: Jinja, everything escaped, nothing undefined."""

from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from cti_router.web.static import address
from cti_router.web.translations import LANGUAGES, translator

__all__ = ["LANGUAGES", "page", "rendered"]


@cache
def _templates(language: str) -> Environment:
    found = Environment(
        loader=PackageLoader("cti_router.web.pages"), autoescape=True, undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    found.install_gettext_callables(*translator(language), newstyle=True)  # type: ignore[attr-defined]  # says the extension
    found.globals["static"] = address
    return found


def rendered(name: str, language: str, **values: Any) -> str:
    """The template of that name. `language`: "fr" or "en"; anything else is French."""
    language = language if language in LANGUAGES else "fr"
    return _templates(language).get_template(name).render(language=language, **values)


def page(name: str, language: str, status: int = HTTPStatus.OK, **values: Any) -> HTMLResponse:
    """The template of that name, as an answer."""
    return HTMLResponse(rendered(name, language, **values), status_code=status)
