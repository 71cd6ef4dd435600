"""A session opens: the same whether it was a password or the identity provider that said who he is."""

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from cti_router.config.deployment import WebDoor
from cti_router.web.context import Context
from cti_router.web.rendering import LANGUAGES, page
from cti_router.web.signing.accounts import Account
from cti_router.web.signing.gate import cookie_name
from cti_router.web.signing.sessions import Sessions, digest_of

HOME, PHONE = "/", "/poste"


async def opened(request: Request, here: Context, door: WebDoor, account: Account, language: str) -> tuple[str, str]:
    """What the new session's cookie holds, and where he goes on; the session this browser had ends."""
    sessions, now = Sessions(here.pool), here.now()
    if former := request.cookies.get(cookie_name(door.origin)):
        await sessions.revoke(digest_of(former), now)
    agent = request.headers.get("user-agent", "")
    cookie = await sessions.open(account.login, now, door.session_s, language_of(language), agent)
    return cookie, PHONE if account.advisor else HOME


def sign_in_page(
    here: Context, door: WebDoor, language: str, status: int = HTTPStatus.OK, why: str = "", login: str = ""
) -> Response:
    return page(
        "sign_in.html", language_of(language), status, service=here.loaded.name, why=why, login=login,
        languages=LANGUAGES, oidc=door.oidc is not None,
    )  # fmt: skip


def language_of(asked: str) -> str:
    return asked if asked in LANGUAGES else "fr"


def go(path: str) -> Response:
    """To another page."""
    return RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER)


def set_session_cookie(response: Response, door: WebDoor, value: str, lasts_s: float) -> None:
    secure = door.origin.startswith("https://")
    response.set_cookie(
        cookie_name(door.origin), value, max_age=int(lasts_s), path="/", secure=secure, httponly=True,
        samesite="strict",
    )  # fmt: skip


def address_of(request: Request, door: WebDoor) -> str:
    """Where a request comes from; a proxy that is trusted says so, in the last word of its header not a proxy's own."""
    address = request.client.host if request.client else ""
    if address in door.trusted_proxies:
        told = [each.strip() for each in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
        strangers = [each for each in told if each and each not in door.trusted_proxies]
        address = strangers[-1] if strangers else address
    return address
