"""Passwords: Argon2id, which is slow on purpose, and so never in the event loop."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cti_router.web.problems import Problem

SHORTEST, LONGEST = 12, 200
AT_ONCE = 2
"""Each takes a core for a sixth of a second, and 64 MiB."""

MOST_WAITING = 64

_hasher = PasswordHasher()  # the RFC 9106 profile for little memory


class WeakPassword(Exception):
    """Not taken as a password; the sentence says why."""


def hashed(password: str) -> str:
    """What is kept of a password. Slow. Raises `WeakPassword`."""
    if not SHORTEST <= len(password) <= LONGEST or not password.isprintable():
        raise WeakPassword(f"a password is one line of {SHORTEST} to {LONGEST} characters")
    return _hasher.hash(password)


class Passwords:
    """Compares passwords in few threads of its own, which end with it."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")
        self._waiting = 0

    async def right(self, kept: str | None, given: str) -> bool:
        """Whether it is the one. It takes as long when there is none to compare with. Raises `Problem` in a crowd."""
        if self._waiting >= MOST_WAITING:
            raise Problem(503, "Trop de connexions à la fois : réessayez dans quelques secondes.")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            same = await loop.run_in_executor(self._threads, _same, kept, given[: LONGEST + 1])
        finally:
            self._waiting -= 1
        return same and kept is not None


def _same(kept: str | None, given: str) -> bool:
    try:
        return _hasher.verify(kept or _nobodys(), given)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe())
