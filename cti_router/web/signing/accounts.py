"""Who may sign in, as the database has them."""

from dataclasses import dataclass

import asyncpg

from cti_router.core.configuration import AdvisorId
from cti_router.core.identity import Instant
from cti_router.database.pool import Pool
from cti_router.database.queries import query
from cti_router.web.person import Role

LOGIN = r"[a-z0-9][a-z0-9._@-]{0,63}"


@dataclass(frozen=True, slots=True)
class Account:
    """`advisor`: whom the configuration knows him as. `password_hash`: None when no password opens it.

    `oidc_subject`: who it was at the identity provider when it was first used there.
    """

    login: str
    name: str
    role: Role
    advisor: AdvisorId | None = None
    password_hash: str | None = None
    oidc_subject: str | None = None
    disabled: bool = False


def as_login(typed: str) -> str:
    """A login as somebody types it."""
    return typed.strip().lower()[:80]


class Accounts:
    """All of them raise `DatabaseAway`; what changes one tells whether it is there."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def one(self, login: str) -> Account | None:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(query("read_account"), login)
        return None if row is None else _account(row)

    async def all(self) -> list[Account]:
        async with self._pool.connection() as connection:
            return [_account(row) for row in await connection.fetch(query("read_accounts"))]

    async def add(self, account: Account) -> None:
        """Raises `RowRefused` when the login or the advisor has one, or the login is none."""
        async with self._pool.connection() as connection:
            await connection.execute(
                query("add_account"), account.login, account.name, account.role, account.advisor, account.password_hash
            )

    async def set_password(self, login: str, password_hash: str | None, now: Instant) -> bool:
        """His sessions end: whoever knew the former one is out."""
        return await self._changed("set_account_password", login, password_hash, ends_at=now)

    async def set_role(self, login: str, role: Role, advisor: AdvisorId | None) -> bool:
        """Raises `RowRefused` when the advisor has an account."""
        return await self._changed("set_account_role", login, role, advisor)

    async def set_disabled(self, login: str, disabled: bool, now: Instant) -> bool:
        return await self._changed("set_account_disabled", login, disabled, now, ends_at=now if disabled else None)

    async def bind(self, login: str, subject: str) -> bool:
        """Whether it is the identity provider's `subject` who has this account: the first one who comes has it."""
        async with self._pool.connection() as connection:
            return await connection.fetchrow(query("bind_account_subject"), login, subject) is not None

    async def _changed(self, name: str, login: str, *values: object, ends_at: Instant | None = None) -> bool:
        async with self._pool.connection() as connection, connection.transaction():
            done = await connection.execute(query(name), login, *values)
            if ends_at is not None:
                await connection.execute(query("revoke_sessions_of"), login, ends_at)
        return done == "UPDATE 1"


def _account(row: asyncpg.Record) -> Account:
    told = dict(row)
    return Account(**{**told, "role": Role(told["role"])})
