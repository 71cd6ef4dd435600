"""Undelivered webhooks, as an administrator types them."""

import asyncio
import json

import pytest
from typer.testing import CliRunner, Result

from cti_router.__main__ import app
from cti_router.database.pool import Pool
from cti_router.web.outside.deliveries import Deliveries
from tests.web.kit import EXAMPLE

URL = "https://crm.example.fr/appels"


@pytest.fixture(autouse=True)
def database(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTI_DSN", dsn)
    monkeypatch.setenv("COLUMNS", "200")


async def typed(command: str, *rest: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, ["webhooks", command, str(EXAMPLE), *rest])


async def listed(*options: str) -> list[tuple[int, str, bool]]:
    rows = json.loads((await typed("list", "--json", *options)).stdout)
    return [(row["id"], row["last_error"], row["given_up"]) for row in rows]


async def test_what_was_given_up_is_listed_and_tried_again(pool: Pool) -> None:
    kept = Deliveries(pool)
    for key in ("a", "b"):
        assert await kept.note(URL, key, "call_ended", "{}", "", 1000.0)
    dead, waiting = await kept.due(URL, 1000.0)
    await kept.failed(dead.id, 1000.0, None, "it answers 500")
    assert await listed() == [(dead.id, "it answers 500", True), (waiting.id, "", False)]
    assert await listed("--dead") == [(dead.id, "it answers 500", True)]
    assert "call_ended" in (await typed("list")).stdout
    assert (await typed("retry", "--all")).stdout == "1 to be tried again\n"
    assert await listed("--dead") == []
    assert (await typed("retry", str(waiting.id))).stdout == "1 to be tried again\n"


@pytest.mark.parametrize(
    ("words", "said"), [((), "one id, or --all"), (("7",), "has the id 7"), (("7", "--all"), "one id")]
)
async def test_what_cannot_be_tried(pool: Pool, words: tuple[str, ...], said: str) -> None:
    result = await typed("retry", *words)
    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr
