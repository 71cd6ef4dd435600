"""The pages' rooms are tried on a real database, and the pages themselves in a real browser."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.postgres.conftest import away_pool, dsn, empty_dsn, pool, postgres
from tests.web.browser import chromium

__all__ = ["away_pool", "browser", "dsn", "empty_dsn", "pool", "postgres"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser
