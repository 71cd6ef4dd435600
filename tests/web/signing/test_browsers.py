"""What browsers are told, and what is not taken from them."""

from pathlib import Path

import pytest

from cti_router.config.deployment import HostPort, WebDoor
from cti_router.database.pool import Pool
from cti_router.web.signing.browsers import policy
from cti_router.web.signing.sessions import csrf_of
from tests.web.signing.kit import DAMIEN, add, world


@pytest.mark.parametrize("path", ["/connexion", "/healthz", "/nulle-part", "/api/v1/openapi.json"])
async def test_every_answer_has_the_headers(away_pool: Pool, tmp_path: Path, path: str) -> None:
    async with world(away_pool, tmp_path) as there:
        headers = (await there.browser.get(path)).headers
    assert headers["content-security-policy"] == policy()
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["permissions-policy"].startswith("microphone=(self), ")
    assert "strict-transport-security" not in headers


async def test_over_tls_the_browser_is_told_to_stay_there(away_pool: Pool, tmp_path: Path) -> None:
    door = WebDoor(HostPort("127.0.0.1", 9466), "https://accueil.example.fr", 3600.0)
    async with world(away_pool, tmp_path, door) as there:
        assert (await there.browser.get("/healthz")).headers["strict-transport-security"] == "max-age=31536000"


def test_nothing_is_loaded_from_elsewhere_and_nothing_inline_runs() -> None:
    words = dict(rule.split(" ", 1) for rule in policy(("wss://pbx.example.fr:8089",)).split("; "))
    assert words["default-src"] == words["base-uri"] == words["frame-ancestors"] == "'none'"
    assert words["script-src"] == words["style-src"] == words["form-action"] == "'self'"
    assert words["connect-src"] == "'self' wss://pbx.example.fr:8089"
    assert "unsafe" not in policy()


async def test_a_change_takes_the_session_s_own_word(pool: Pool, tmp_path: Path) -> None:
    await add(pool, DAMIEN)
    async with world(pool, tmp_path) as there:
        await there.sign_in()
        cookie = there.browser.cookies["cti"]
        for word in (b"", "é".encode(), csrf_of("another").encode()):
            refused = await there.browser.post("/deconnexion", headers={b"x-csrf": word})
            assert refused.status_code == 403
            assert refused.json()["why"].startswith("Cette demande ne vient pas d’une page ouverte ici")
        assert (await there.browser.get("/api/v1/openapi.json")).status_code == 200
        assert (await there.browser.post("/deconnexion", headers={"x-csrf": csrf_of(cookie)})).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://ailleurs.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
     {"sec-fetch-site": "same-site"}],
)  # fmt: skip
async def test_what_a_page_of_elsewhere_sends_is_refused(pool: Pool, tmp_path: Path, headers: dict[str, str]) -> None:
    await add(pool, DAMIEN)
    async with world(pool, tmp_path) as there:
        await there.sign_in()
        word = {"x-csrf": csrf_of(there.browser.cookies["cti"])}
        assert (await there.browser.post("/deconnexion", headers={**word, **headers})).status_code == 403
        typed = {"login": DAMIEN.login, "password": "faux"}
        assert (await there.browser.post("/connexion", data=typed, headers=headers)).status_code == 403
        own = {"origin": "http://pages", "sec-fetch-site": "same-origin"}
        assert (await there.browser.post("/deconnexion", headers={**word, **own})).status_code == 303


@pytest.mark.parametrize("told", [True, False])
async def test_too_much_is_refused_in_french(away_pool: Pool, tmp_path: Path, told: bool) -> None:
    async def drops() -> object:
        for _ in range(6):
            yield b"x" * 100_000

    body = {"content": b"x" * 600_000} if told else {"content": drops()}
    form = {"content-type": "application/x-www-form-urlencoded"}
    async with world(away_pool, tmp_path) as there:
        refused = await there.browser.post("/connexion", headers=form, **body)
    assert (refused.status_code, refused.json()["why"].startswith("Saisie trop longue")) == (413, True)
