"""What programs show to the API instead of a session."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from cti_router.core.configuration import AdvisorId
from cti_router.core.identity import Instant
from cti_router.database.pool import Pool
from cti_router.database.queries import query
from cti_router.web.person import Person, Role
from cti_router.web.signing.sessions import digest_of

_BYTES = 32


@dataclass(frozen=True, slots=True)
class Token:
    """An API token, as a list shows it."""

    name: str
    login: str
    scopes: tuple[str, ...]
    expires_at: Instant
    revoked: bool


class Tokens:
    """What programs show. All of them raise `DatabaseAway`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, name: str, login: str, scopes: Iterable[str], now: Instant, lasts_s: float) -> str:
        """A new one; it is told only now. Raises `RowRefused` when the name is taken, or nobody has the login."""
        token = f"cti_{secrets.token_urlsafe(_BYTES)}"
        async with self._pool.connection() as connection:
            await connection.execute(
                query("add_token"), name, digest_of(token), login, sorted(set(scopes)), now, now + lasts_s
            )
        return token

    async def person(self, token: str, now: Instant) -> Person | None:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(query("read_token"), digest_of(token), now)
        if row is None:
            return None
        advisor: AdvisorId | None = row["advisor"]
        return Person(row["login"], row["name"], Role(row["role"]), advisor, scopes=frozenset(row["scopes"]))

    async def all(self) -> list[Token]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(query("read_tokens"))
        return [Token(**{**dict(row), "scopes": tuple(row["scopes"])}) for row in rows]

    async def revoke(self, name: str, now: Instant) -> bool:
        async with self._pool.connection() as connection:
            return await connection.fetchrow(query("revoke_token"), name, now) is not None
