"""What browsers are told with every answer, and which of their requests are not even read."""

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cti_router.web.problems import TOO_LONG, told
from cti_router.web.signing.gate import SAFE

STATIC = "/static/"
LONGEST_BODY = 512 * 1024


def policy(connect: Iterable[str] = ()) -> str:
    """The Content-Security-Policy. `connect`: where scripts may connect to beside here, as `wss://pbx.example.fr`."""
    return "; ".join((
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
        "media-src 'self'", " ".join(("connect-src 'self'", *connect)), "manifest-src 'self'", "form-action 'self'",
        "frame-ancestors 'none'", "base-uri 'none'",
    ))  # fmt: skip


class Browsers:
    """Around the whole application: security headers on each answer; a page of elsewhere changes nothing here.

    `origin`: what browsers have in their address bar.
    """

    def __init__(self, app: ASGIApp, *, origin: str, connect: Iterable[str] = ()) -> None:
        self._app = app
        self._origin = origin
        self._headers = {
            "content-security-policy": policy(connect),
            "x-content-type-options": "nosniff",
            # Without any referrer browsers say `Origin: null` with a form, and nobody could sign in.
            "referrer-policy": "same-origin",
            "permissions-policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }
        if origin.startswith("https://"):
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        stays = scope["path"].startswith(STATIC)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                if not stays:
                    headers["cache-control"] = "no-store"
            await send(message)

        if scope["method"] not in SAFE and (refused := self._refused(Headers(scope=scope))) is not None:
            await told(*refused)(scope, receive, send_with_headers)
            return
        await self._app(scope, _bounded(receive), send_with_headers)

    def _refused(self, headers: Headers) -> tuple[int, str] | None:
        """A status and why, for what another site's page sends, or what says itself that it is too long."""
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "Cette demande vient d’un autre site : elle est refusée."
        if headers.get("origin", self._origin) != self._origin:
            return 403, f"Cette demande ne vient pas d’ici : ouvrez les pages à l’adresse {self._origin}."
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:12]) > LONGEST_BODY:
            return 413, TOO_LONG
        return None


def _bounded(receive: Receive) -> Receive:
    """For a body that does not say how long it is."""
    taken = 0

    async def receive_bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LONGEST_BODY:
            raise HTTPException(413)
        return message

    return receive_bounded
