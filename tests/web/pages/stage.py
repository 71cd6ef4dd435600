"""The advisor's page on a stage: the real page and scripts, before a server that says what the test wants it to say.

What the page does with each answer and each event is tried here; that the real server gives them, in tests/acceptance.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from playwright.async_api import Browser, Page, expect

from cti_router.config import load
from cti_router.database.pool import Pool
from cti_router.web.context import context
from cti_router.web.link.control import Control
from cti_router.web.pages.routes import page_routes
from cti_router.web.person import Person
from cti_router.web.problems import tell_problems
from cti_router.web.signing.browsers import policy
from tests.web.browser import served, window
from tests.web.kit import ADVISOR, EXAMPLE
from tests.web.pages.sample import NAME, NOW, record

ME = "damien_hebert"


class Stage:
    """`app` is to be served. `tell` says an event to all pages; `asked` is what they sent, `refuse` what is refused."""

    def __init__(self, pool: Pool, person: Person | None = ADVISOR) -> None:
        self.person = person
        self.asked: list[tuple[str, str, Any]] = []
        self.refuse: dict[str, tuple[int, str]] = {}
        self.answers: dict[str, Any] = {"/api/v1/work": []}
        self.records: dict[int, str] = {}
        self.state = beginning()
        self.last_ids: list[str | None] = []
        self.silent = False
        self._streams: set[asyncio.Queue[bytes | None]] = set()
        self._count = 0
        self._said: list[tuple[int, bytes]] = []
        self.app = self._application(pool)

    @property
    def now(self) -> float:
        now = self.state["now"]
        assert isinstance(now, float)
        return now

    # ── what the server says ─────────────────────────────────────────────────────────────────────────────────────

    def tell(self, kind: str, data: Any) -> None:
        self._count += 1
        event = f"id: b-{self._count}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode()
        self._said.append((self._count, event))
        for stream in self._streams:
            stream.put_nowait(event)

    def advisor(self, id_: str, **changes: Any) -> None:
        """He is now so; everybody is told."""
        self.state["advisors"][id_] |= changes
        self.tell("advisor", self.state["advisors"][id_])

    def duty(self, **changes: Any) -> None:
        self.state["duty"] |= changes
        self.tell("duty", self.state["duty"])

    def talk(self, id_: str, talk: dict[str, Any] | None) -> None:
        self.state["calls"][id_] = talk
        self.tell("call", {"advisor": id_, "talk": talk})

    def cut(self) -> None:
        """Every stream ends, and none is taken until `silent` is False again."""
        self.silent = True
        for stream in self._streams:
            stream.put_nowait(None)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _application(self, pool: Pool) -> FastAPI:
        async def identify(_: Request) -> Person | None:
            return self.person

        app = FastAPI(openapi_url=None)
        app.state.context = context(load(EXAMPLE, {}), pool, Control(Path("/nowhere")), identify, lambda: self.now)
        tell_problems(app)
        app.include_router(page_routes())
        app.add_api_route("/connexion", self._sign_in)
        app.add_api_route("/api/v1/events", self._events)
        app.add_api_route("/fiche/{contributor}", self._record)
        app.add_api_route("/api/v1/{path:path}", self._api, methods=["GET", "POST", "PUT", "DELETE"])

        @app.middleware("http")
        async def headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
            response = await call_next(request)
            response.headers["content-security-policy"] = policy()
            return response

        return app

    async def _sign_in(self) -> Response:
        return HTMLResponse('<title>Connexion</title><link rel="icon" href="data:,">')

    async def _record(self, contributor: int) -> Response:
        return HTMLResponse(self.records[contributor])

    async def _events(self, request: Request) -> Response:
        last = request.headers.get("last-event-id")
        self.last_ids.append(last)
        if self.person is None:
            return JSONResponse({"why": "Votre session est terminée."}, 401)
        if self.silent:
            return JSONResponse({"why": "Le routeur ne répond pas."}, 503)
        return StreamingResponse(self._stream(last), media_type="text/event-stream")

    async def _stream(self, last: str | None) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._streams.add(queue)
        try:
            if last is None:
                yield f"id: b-{self._count}\nevent: state\ndata: {json.dumps(self.state)}\n\n".encode()
            else:
                for _, event in [each for each in self._said if each[0] > int(last.removeprefix("b-"))]:
                    yield event
            while (said := await queue.get()) is not None:
                yield said
        finally:
            self._streams.discard(queue)

    async def _api(self, request: Request, path: str) -> Response:
        body = await request.body()
        known = f"/api/v1/{path}"
        self.asked.append((request.method, f"/{path}", json.loads(body) if body else None))
        if request.method != "GET" and "x-csrf" not in request.headers:
            return JSONResponse({"why": "Sans jeton."}, 403)
        if self.person is None:
            return JSONResponse({"why": "Votre session est terminée."}, 401)
        if f"/{path}" in self.refuse:
            status, why = self.refuse[f"/{path}"]
            return JSONResponse({"why": why}, status)
        return JSONResponse(self.answers.get(known, {"accepted": True}))


@asynccontextmanager
async def shown(browser: Browser, stage: Stage, **how: Any) -> AsyncIterator[Page]:
    """The advisor's page, with the first state on it."""
    async with served(stage.app) as url, window(browser, url, **how) as page:
        await expect(page.locator("#sites .who.own")).to_be_visible()
        yield page


def beginning() -> dict[str, Any]:
    """The example's six sites on a morning: Rouen on duty, and I am there, available."""
    loaded = load(Path(EXAMPLE), {})
    organisation = loaded.configuration
    states = [
        ("available", "idle"), ("available", "talking"), ("not_ready", "idle"), ("available", "wrap_up"),
        ("available", "offered"), ("logged_out", "idle"),
    ]  # fmt: skip
    advisors: dict[str, Any] = {}
    for index, who in enumerate(organisation.advisors.values()):
        presence, activity = states[index % len(states)]
        advisors[who.id] = advisor(who.id, who.name, who.site, who.phone, presence, activity, since=37.0 * (index + 1))
        advisors[who.id]["named"] = who.site in ("rouen", "caen", "evreux")
    advisors[ME] |= {"presence": "available", "activity": "idle", "reason": "", "phone_state": "free"}
    return {
        "now": NOW, "version": "1", "sites": {id_: {"name": site.name} for id_, site in organisation.sites.items()},
        "skills": ["employers", "self_employed", "collections"],
        "motives": {"declaration": "Déclaration", "collections": "Délai de paiement", "other": "Autre demande"},
        "profiles": {"employer": "Employeur", "self_employed": "Travailleur indépendant"},
        "reasons": {
            "break": "Pause", "meeting": "Réunion", "lunch": "Déjeuner", "training": "Formation", "absent": "Absent",
            "rona": "Appel manqué",
        },
        "advisors": advisors,
        "duty": {
            "site": "rouen", "backups": ["caen"], "until_at": NOW + 12300.0, "next_site": "caen",
            "next_at": NOW + 15900.0, "closed_because": "", "waiting": 3, "oldest_at": NOW - 161.0,
        },
        "calls": {},
    }  # fmt: skip


def advisor(id_: str, name: str, site: str, phone: str, presence: str, activity: str, since: float) -> dict[str, Any]:
    return {
        "id": id_, "name": name, "site": site, "phone": phone, "phone_state": "free", "presence": presence,
        "reason": "meeting" if presence == "not_ready" else "", "presence_since_at": NOW - since, "until_at": None,
        "activity": activity, "activity_since_at": NOW - since / 2,
        "wrap_up_until_at": NOW + 20.0 if activity == "wrap_up" else None, "forced_by": None, "named": True,
    }  # fmt: skip


def pop(**changes: Any) -> dict[str, Any]:
    """A recognised employer who waited for three minutes."""
    return {
        "advisor": ME, "call": "caen-1795536000.7", "offer": "caen-1795536000.7-1", "kind": "inbound",
        "cli": "+33261914027", "verified": True, "recognition": "recognised", "contributors": [17],
        "profile": "employer", "motive": "collections", "dnis": "+33261910001", "entry_site": "caen",
        "arrived_at": NOW - 192.0, "offered_at": NOW, "from_advisor": None,
        "because": ["Vous suivez ce dossier.", "Vous êtes au niveau 4 en recouvrement."],
        "journey": [
            {"at": NOW - 192.0, "what": "Accueil « employeur »"}, {"at": NOW - 178.0, "what": "Touche 2 : échéancier"},
            {"at": NOW - 172.0, "what": "Attente annoncée : trois à cinq minutes"},
            {"at": NOW - 67.0, "what": "Rappel proposé, refusé"}, {"at": NOW, "what": "Mis en relation"},
        ],
        "record_html": record(), "name": NAME,
    } | changes  # fmt: skip


def talk(state: str = "talking", **changes: Any) -> dict[str, Any]:
    return {
        "call": "caen-1795536000.7", "offer": "caen-1795536000.7-1", "kind": "inbound", "state": state,
        "since_at": NOW, "serves": "", "held": False, "consultation": None, "expert": None,
    } | changes  # fmt: skip
