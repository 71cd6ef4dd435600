"""Pages out of templates: Jinja, everything escaped, nothing undefined."""

from http import HTTPStatus
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

LANGUAGES = {"fr": "Français", "en": "English"}

_templates = Environment(
    loader=PackageLoader("cti_router.web.pages"), autoescape=True, undefined=StrictUndefined,
    extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
_templates.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # so it says of itself


def page(name: str, language: str, status: int = HTTPStatus.OK, **values: Any) -> HTMLResponse:
    """The template of that name. `language`: "fr" or "en"."""
    return HTMLResponse(_templates.get_template(name).render(language=language, **values), status_code=status)
