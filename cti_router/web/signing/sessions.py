"""Sessions: a random value in the browser's cookie, its digest in the database."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, digest

from cti_router.core.identity import Instant
from cti_router.database.pool import Pool
from cti_router.database.queries import query
from cti_router.web.person import Person, Role

KEPT_AFTER_S = 30 * 86400.0
_BYTES = 32
_USER_AGENT_LENGTH = 120


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One that is open, as a list shows it."""

    id: str
    login: str
    name: str
    role: Role
    phone: str
    user_agent: str
    created_at: Instant
    expires_at: Instant


def digest_of(secret: str) -> str:
    """By what a cookie or a token is known in the database."""
    return sha256(secret.encode()).hexdigest()


def csrf_of(cookie: str) -> str:
    """What a page of this session sends back with all that changes something (`X-CSRF`): no other page can know it."""
    return urlsafe_b64encode(digest(cookie.encode(), b"X-CSRF", "sha256")).decode().rstrip("=")


def is_csrf_of(cookie: str, given: str) -> bool:
    return compare_digest(csrf_of(cookie).encode(), given.encode())


class Sessions:
    """All of them raise `DatabaseAway`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def open(self, login: str, now: Instant, lasts_s: float, language: str, user_agent: str) -> str:
        """A new session; what its cookie holds. The old rows of others go."""
        cookie = secrets.token_urlsafe(_BYTES)
        shortened = "".join(filter(str.isprintable, user_agent))[:_USER_AGENT_LENGTH]
        async with self._pool.connection() as connection:
            await connection.execute(query("delete_old_sessions"), now - KEPT_AFTER_S)
            await connection.execute(
                query("open_session"), digest_of(cookie), login, now, now + lasts_s, language, shortened
            )
        return cookie

    async def person(self, cookie: str, now: Instant) -> tuple[Person, Instant] | None:
        """Whose session it is, and when it ends; None when it is not open."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(query("read_session"), digest_of(cookie), now)
        if row is None:
            return None
        person = Person(
            row["login"], row["name"], Role(row["role"]), row["advisor"], session=row["id"], language=row["language"],
            csrf=csrf_of(cookie), phone=row["phone"],
        )  # fmt: skip
        return person, row["expires_at"]

    async def opened(self, now: Instant, ids: Iterable[str] | None = None) -> list[OpenSession]:
        """Those that are open, of these or of all, the oldest first."""
        asked = None if ids is None else list(ids)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(query("read_open_sessions"), asked, now)
        return [OpenSession(**{**dict(row), "role": Role(row["role"])}) for row in rows]

    async def revoke(self, id_: str, now: Instant) -> None:
        """End it, if it is open."""
        async with self._pool.connection() as connection:
            await connection.execute(query("revoke_session"), id_, now)

    async def revoke_beginning(self, shown: str, now: Instant) -> int:
        """End the one whose id begins so, in twelve characters or more; how many there were."""
        async with self._pool.connection() as connection:
            return len(await connection.fetch(query("revoke_session_beginning"), shown, now))

    async def revoke_of(self, login: str, now: Instant) -> int:
        """End all of an account's; how many."""
        async with self._pool.connection() as connection:
            return len(await connection.fetch(query("revoke_sessions_of"), login, now))

    async def has_phone(self, id_: str, phone: str) -> None:
        """The phone of the day, chosen."""
        async with self._pool.connection() as connection:
            await connection.execute(query("set_session_phone"), id_, phone)
