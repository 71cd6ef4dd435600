"""Who sent a request: by the cookie of a session, or by a program's token."""

from collections import OrderedDict

from fastapi import Request

from cti_router.core.identity import Instant
from cti_router.database.pool import DatabaseAway, Pool
from cti_router.web.context import Clock
from cti_router.web.person import Person
from cti_router.web.problems import Problem
from cti_router.web.signing.sessions import Sessions, digest_of, is_csrf_of
from cti_router.web.signing.tokens import Tokens

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_KNOWN = 2000
NOT_A_PAGE_OF_OURS = "Cette demande ne vient pas d’une page ouverte ici : rechargez la page, puis réessayez."
_FORM = "application/x-www-form-urlencoded"


def cookie_name(origin: str) -> str:
    """A browser takes `__Host-` only over TLS, and then from this very host alone."""
    return "__Host-cti" if origin.startswith("https://") else "cti"


class Gate:
    """`identify` is the context's. While the database is away, sessions seen before are taken until they end."""

    def __init__(self, pool: Pool, now: Clock, origin: str) -> None:
        self._sessions = Sessions(pool)
        self._tokens = Tokens(pool)
        self._now = now
        self._cookie = cookie_name(origin)
        self._known: OrderedDict[str, tuple[Person, Instant]] = OrderedDict()

    async def identify(self, request: Request) -> Person | None:
        """None for nobody. Raises `Problem` when a session asks for a change without its `X-CSRF`."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return await self._tokens.person(token.strip(), self._now())
        cookie = request.cookies.get(self._cookie)
        if not cookie or (person := await self._of_session(cookie)) is None:
            return None
        if request.method not in SAFE and not is_csrf_of(cookie, await _csrf_in(request)):
            raise Problem(403, NOT_A_PAGE_OF_OURS)
        return person

    async def _of_session(self, cookie: str) -> Person | None:
        now, id_ = self._now(), digest_of(cookie)
        try:
            found = await self._sessions.person(cookie, now)
        except DatabaseAway:
            known = self._known.get(id_)
            if known is None:
                raise
            person, expires_at = known
            return person if now < expires_at else None
        self._known.pop(id_, None)
        if found is None:
            return None
        self._known[id_] = found
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return found[0]


async def _csrf_in(request: Request) -> str:
    """The header that scripts set, or a plain form's field of that name."""
    if (given := request.headers.get("x-csrf")) is not None:
        return given
    if request.headers.get("content-type", "").startswith(_FORM):
        return str((await request.form()).get("csrf", ""))
    return ""
