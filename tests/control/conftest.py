from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.desk import Desk, speaking_to


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def client(desk: Desk, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with speaking_to(desk, tmp_path / "control.sock") as client:
        yield client
