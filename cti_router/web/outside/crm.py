"""The address of another program's page about whoever calls."""

from urllib.parse import quote

from cti_router.core.identity import CallId


def crm_address(template: str, *, siret: str, e164: str, call: CallId | None) -> str:
    """The configured template with what is known; what is not stands for nothing.

    No value can leave its place: each is escaped down to letters, digits and `-._~`.
    """
    filled = template
    for field, value in (("siret", siret), ("e164", e164), ("call", call or "")):
        filled = filled.replace(f"{{{field}}}", quote(value, safe=""))
    return filled
