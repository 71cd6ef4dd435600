"""Whatever is sent to the API, it is answered: with what was wanted, or with why not; never with a failure of ours."""

import asyncio
import shutil
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from cti_router.database.pool import Pool
from cti_router.live import Clock
from cti_router.web.signing.accounts import Account
from cti_router.web.signing.sessions import Sessions, csrf_of
from tests.desk import Desk, serving
from tests.web.kit import EXAMPLE
from tests.web.signing.kit import ANNE, DAMIEN, HELENE, add

EXAMPLES = 12
STREAMS = {"/api/v1/events"}
"""These never end; test_routes.py and the tests of the stream have them."""


@asynccontextmanager
async def served(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The pages in their own process, on a database, with a router of the tests behind; its origin."""
    monkeypatch.setenv("CTI_DSN", dsn)
    directory = Path(shutil.copytree(EXAMPLE, tmp_path / "configuration"))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    network = (directory / "network.yaml").read_text()
    for old, new in (
        ("port: 9466", f"port: {port}"), ('origin: "https://accueil.example.fr"', f"origin: 'http://127.0.0.1:{port}'"),
        ("/run/cti-router/control.sock", str(tmp_path / "control.sock")),
    ):  # fmt: skip
        assert old in network
        network = network.replace(old, new)
    (directory / "network.yaml").write_text(network)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cti_router", "web", directory, "--until-stdin-ends", stdin=PIPE, stdout=DEVNULL
    )
    try:
        async with serving(Desk(), tmp_path / "control.sock"):
            await _answers(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(origin: str) -> None:
    async with asyncio.timeout(40), httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(f"{origin}/healthz")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return


@pytest.mark.parametrize("account", [DAMIEN, HELENE, ANNE], ids=lambda account: account.role)
async def test_no_request_makes_the_api_fail(
    pool: Pool, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: Account
) -> None:
    await add(pool, account)
    cookie = await Sessions(pool).open(account.login, Clock().now(), 3600.0, "fr", "")
    signed_in = {"cookie": f"cti={cookie}", "x-csrf": csrf_of(cookie)}
    async with served(dsn, tmp_path, monkeypatch) as origin:
        async with httpx.AsyncClient(base_url=origin, headers=signed_in) as client:
            described = (await client.get("/api/v1/openapi.json")).json()
        tried = await asyncio.to_thread(_everything_sent, described, origin, signed_in)
    assert {path for path, operations in described["paths"].items() if path not in STREAMS} == tried


def _everything_sent(described: dict[str, Any], origin: str, headers: dict[str, str]) -> set[str]:
    """What fits the description, and what does not; the paths tried."""
    schema = schemathesis.openapi.from_dict(described)
    operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    for operation in operations:
        if operation.path in STREAMS:
            continue
        for mode in GenerationMode:

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            def send(case: Case[Any]) -> None:
                answer = case.call(base_url=origin, headers=headers, timeout=20)
                told = f"{case.method} {case.formatted_path} {case.body!r:.300}: {answer.text:.300}"
                assert answer.status_code < 500, told
                if answer.status_code >= 400:
                    assert answer.json()["why"], told

            # What takes nothing cannot be asked wrongly.
            with suppress(*([Unsatisfiable] if mode.is_negative else [])):
                send()
    return {operation.path for operation in operations} - STREAMS
