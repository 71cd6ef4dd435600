"""All routes, with every role, with none, and with tokens that may do something else."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.types import Message

from cti_router.database.pool import Pool
from cti_router.web.person import NOBODY, NOT_HIS_ROLE, NOT_ITS_SCOPE, SESSION, Person, Role, allowed
from cti_router.web.signing.accounts import Account
from cti_router.web.signing.api import allows
from cti_router.web.signing.gate import NOT_A_PAGE_OF_OURS, SAFE
from cti_router.web.signing.sessions import Sessions, csrf_of
from cti_router.web.signing.tokens import Tokens
from tests.web.signing.kit import ANNE, DAMIEN, HELENE, add, world

PUBLIC = {"/healthz", "/connexion", "/connexion/oidc", "/connexion/oidc/retour", "/static/{digest}/{name}"}
ACCOUNTS = {Role.ADVISOR: DAMIEN, Role.SUPERVISOR: HELENE, Role.AUDITOR: ANNE}
REFUSALS = {NOBODY, NOT_HIS_ROLE, NOT_A_PAGE_OF_OURS}


@pytest.fixture
async def app(pool: Pool, tmp_path: Path) -> AsyncIterator[FastAPI]:
    await add(pool, *ACCOUNTS.values())
    async with world(pool, tmp_path) as there:
        yield there.app


def guarded(app: FastAPI) -> list[tuple[RouteContext, str]]:
    """Every route that is not public, with each of its methods."""
    found = [route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute)]
    return [(route, method) for route in found if route.path not in PUBLIC for method in sorted(route.methods or ())]


def asks(route: RouteContext) -> tuple[tuple[Role, ...], str]:
    """The roles and the scope it asks for."""
    original = route.original_route
    assert isinstance(original, APIRoute)
    found = allows(original)
    assert found, f"{route.path} is open to everybody: give it an `allowed(…)`, or name it among the public ones"
    (asked,) = found
    return asked


async def sent(app: FastAPI, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, Any]:
    """The status, and the body if it is JSON and comes whole. A stream is left after its first word."""
    told: list[Message] = []
    begun, read, left = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def receive() -> Message:
        if read.is_set():
            await left.wait()
            return {"type": "http.disconnect"}
        read.set()
        return {"type": "http.request", "body": b"{}" if method not in SAFE else b"", "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)
        if message["type"] == "http.response.body":
            begun.set()

    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"pages"), (b"content-type", b"application/json"), *encoded],
        "client": ("127.0.0.1", 50000), "server": ("pages", 80),
    }  # fmt: skip
    answering = asyncio.get_running_loop().create_task(app(scope, receive, send))
    waiting = asyncio.get_running_loop().create_task(begun.wait())
    await asyncio.wait({answering, waiting}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    left.set()
    for task in (answering, waiting):
        if not task.done():
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    start = next(message for message in told if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in told)
    with suppress(ValueError):
        return start["status"], json.loads(body)
    return start["status"], None


def filled(path: str) -> str:
    """With something for each of its parameters."""
    return re.sub(r"\{[^}]+\}", "1", path)


def why(body: Any) -> str:
    return str(body.get("why", "")) if isinstance(body, dict) else ""


async def signed_in(pool: Pool, account: Account) -> dict[str, str]:
    cookie = await Sessions(pool).open(account.login, 1_795_420_000.0, 36_000.0, "fr", "")
    return {"cookie": f"cti={cookie}", "x-csrf": csrf_of(cookie)}


def test_what_is_public_is_named_here(app: FastAPI) -> None:
    for route in iter_route_contexts(app.routes):
        assert isinstance(route.original_route, APIRoute), f"{route.path} is no function: its roles cannot be seen"
        assert route.path in PUBLIC or asks(route)


async def test_nobody_comes_in(app: FastAPI) -> None:
    for route, method in guarded(app):
        path = filled(str(route.path))
        for headers in ({}, {"cookie": "cti=x"}, {"authorization": "Bearer x"}, {"authorization": "Basic eDp4"}):
            assert await sent(app, method, path, headers) == (401, {"why": NOBODY}), (method, path)


@pytest.mark.parametrize("role", Role)
async def test_a_role_comes_in_where_it_may_and_nowhere_else(app: FastAPI, pool: Pool, role: Role) -> None:
    for route, method in guarded(app):
        path, (roles, _) = filled(str(route.path)), asks(route)
        status, body = await sent(app, method, path, await signed_in(pool, ACCOUNTS[role]))
        if roles and role not in roles:
            assert (status, why(body)) == (403, NOT_HIS_ROLE), (method, path)
        else:
            assert why(body) not in REFUSALS, (method, path)
            assert status != 500, (method, path)


async def test_no_session_changes_anything_without_its_word(app: FastAPI, pool: Pool) -> None:
    session = await signed_in(pool, DAMIEN)
    del session["x-csrf"]
    for route, method in guarded(app):
        if method not in SAFE:
            path = filled(str(route.path))
            assert await sent(app, method, path, session) == (403, {"why": NOT_A_PAGE_OF_OURS}), (method, path)


async def test_a_token_does_what_its_scope_says_and_nothing_else(app: FastAPI, pool: Pool) -> None:
    tokens, now = Tokens(pool), 1_795_420_000.0
    for number, (route, method) in enumerate(guarded(app)):
        path, (roles, scope) = filled(str(route.path)), asks(route)
        account = ACCOUNTS[roles[0] if roles else Role.ADVISOR]
        right = await tokens.add(f"right-{number}", account.login, [scope], now, 36_000.0)
        wrong = await tokens.add(f"wrong-{number}", account.login, ["something_else"], now, 36_000.0)
        refused = await sent(app, method, path, {"authorization": f"Bearer {wrong}"})
        assert refused == (403, {"why": NOT_ITS_SCOPE.format(scope)}), (method, path)
        status, body = await sent(app, method, path, {"authorization": f"Bearer {right}"})
        if scope == SESSION:
            assert why(body) == NOT_ITS_SCOPE.format(scope), (method, path)
            continue
        assert why(body) not in {*REFUSALS, NOT_ITS_SCOPE.format(scope)}, (method, path)
        assert status != 500, (method, path)


async def test_a_token_that_ended_or_was_revoked_is_nobody_s(app: FastAPI, pool: Pool) -> None:
    tokens, now = Tokens(pool), 1_795_420_000.0
    for name, lasts_s, revoked in (("ended", 60.0, False), ("revoked", 36_000.0, True), ("good", 36_000.0, False)):
        token = await tokens.add(name, DAMIEN.login, ["description"], now, lasts_s)
        assert await tokens.revoke(name, now) is True if revoked else True
        status, _ = await sent(app, "GET", "/api/v1/openapi.json", {"authorization": f"Bearer {token}"})
        assert status == (200 if name == "good" else 401)


async def test_a_route_that_nobody_guards_is_found(app: FastAPI) -> None:
    @app.get("/ouvert")
    async def open_to_all() -> str:
        return ""

    (route,) = [route for route, _ in guarded(app) if route.path == "/ouvert"]
    with pytest.raises(AssertionError, match="/ouvert is open to everybody"):
        asks(route)


def test_a_dependency_says_what_it_allows() -> None:
    assert allowed(Role.AUDITOR, scope="x").allows == ((Role.AUDITOR,), "x")  # type: ignore[attr-defined]
    assert Person("a", "A", Role.AUDITOR).scopes is None
