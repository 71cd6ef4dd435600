"""What an advisor asks from his page reaches the router in his name."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cti_router.database.pool import Pool
from tests.web.kit import ADVISOR, pages
from tests.web.talking_router import TalkingRouter, talking_router

IN_HIS_NAME = {"advisor": "damien_hebert", "author": "damien.hebert"}
WISHES: list[tuple[str, str, dict[str, Any] | None, str, dict[str, Any]]] = [
    ("POST", "presence", {"presence": "not_ready", "reason": "lunch", "for_s": 1800}, "/presence",
     {"presence": "absent", "reason": "lunch", "for_s": 1800.0}),
    ("POST", "presence", {"presence": "available"}, "/presence",
     {"presence": "available", "reason": "", "for_s": None}),
    ("POST", "wrap-up", {"extend_s": 60}, "/wrap-up", {"extend_s": 60.0}),
    ("DELETE", "wrap-up", None, "/presence", {"presence": "wrap_up_over"}),
    ("POST", "call/hold", None, "/call/hold", {}),
    ("POST", "call/answer", None, "/call/answer", {}),
    ("POST", "call/transfer", {"skill": "collections"}, "/call/transfer", {"skill": "collections", "level": 4}),
    ("POST", "call/consult", {"skill": "health", "level": 5}, "/call/consult", {"skill": "health", "level": 5}),
    ("POST", "callbacks", {"call": "c1", "not_before_at": 2e9}, "/callbacks", {"call": "c1", "not_before_at": 2e9}),
    ("POST", "call-out", {"number": "0261910001", "contributor": 7}, "/call-out",
     {"number": "0261910001", "contributor": 7}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "wish", "to", "body"), WISHES)
async def test_it_is_passed_on(
    away_pool: Pool, tmp_path: Path, method: str, path: str, wish: dict[str, Any] | None, to: str, body: dict[str, Any]
) -> None:
    socket = tmp_path / "control.sock"
    async with talking_router(socket) as router, pages(away_pool, socket=socket) as client:
        response = await client.request(method, f"/api/v1/me/{path}", json=wish)
    assert response.json() == {"accepted": True}
    assert router.asked == [(to, {**IN_HIS_NAME, **body})]


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("presence", {"presence": "asleep"}),
        ("presence", {"presence": "available", "advisor": "anne_lefevre"}),
        ("presence", {"presence": "not_ready", "for_s": 1e9}),
        ("presence", {"presence": "not_ready", "reason": "x" * 1000}),
        ("wrap-up", {"extend_s": "60"}),
        ("call/steal", None),
        ("call/transfer", {"skill": "health", "level": 9}),
        ("callbacks", {}),
        ("callbacks", {"call": "c1", "number": "0261910001"}),
    ],
)
async def test_what_makes_no_sense_is_refused_before(away_pool: Pool, path: str, wish: dict[str, Any] | None) -> None:
    async with pages(away_pool) as client:
        response = await client.post(f"/api/v1/me/{path}", json=wish)
    assert response.status_code == 422
    assert response.json()["why"].endswith(".")


async def test_a_refusal_is_told_in_french(away_pool: Pool, tmp_path: Path) -> None:
    socket, router = tmp_path / "control.sock", TalkingRouter()
    router.answers["/call/hold"] = (409, {"accepted": False, "why": "the caller hears music already"})
    async with talking_router(socket, router), pages(away_pool, socket=socket) as client:
        response = await client.post("/api/v1/me/call/hold")
    assert (response.status_code, response.json()) == (409, {"why": "L’appelant est déjà en attente."})


async def test_no_router_answers(away_pool: Pool) -> None:
    async with pages(away_pool) as client:
        response = await client.post("/api/v1/me/call/hold")
    assert (response.status_code, response.json()["why"][:12]) == (503, "Le routeur n")


async def test_who_takes_no_calls_asks_for_none(away_pool: Pool) -> None:
    async with pages(away_pool, replace(ADVISOR, advisor=None)) as client:
        assert (await client.post("/api/v1/me/call/hold")).status_code == 403
