"""Signing in and out, as a browser does it."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from cti_router.config.deployment import HostPort, WebDoor
from cti_router.database.pool import Pool
from cti_router.web.signing.accounts import Accounts
from cti_router.web.signing.sessions import Sessions, csrf_of
from tests.postgres.conftest import Postgres
from tests.web.signing.kit import DAMIEN, HELENE, ORIGIN, add, world

SHIFT_S = 10 * 3600.0


def csrf_in(page: httpx.Response) -> str:
    (found,) = re.findall(r'name="csrf" value="([^"]+)"', page.text)
    return str(found)


async def test_a_shift_begins_with_a_password_and_a_phone(pool: Pool, tmp_path: Path) -> None:
    await add(pool, DAMIEN)
    async with world(pool, tmp_path) as there:
        assert "Mot de passe" in (await there.browser.get("/connexion")).text
        signed_in = await there.sign_in()
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/poste")
        asked = await there.browser.get("/poste")
        assert re.search(r'<option value="\d+" selected>\d+ – Damien Hébert</option>', asked.text)
        chosen = await there.browser.post("/poste", data={"phone": "201", "csrf": csrf_in(asked)})
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/")
        ((path, told),) = there.router.asked
        assert path == "/presence"
        assert (told["advisor"], told["phone"], told["presence"]) == ("damien_hebert", "201", "absent")
        assert told["author"] == "damien.hebert"
        (session,) = await Sessions(pool).opened(there.now)
        assert (session.login, session.phone, session.expires_at) == ("damien.hebert", "201", there.now + SHIFT_S)


async def test_who_is_available_stays_so_when_he_signs_in_again(pool: Pool, tmp_path: Path) -> None:
    await add(pool, DAMIEN)
    async with world(pool, tmp_path) as there:
        assert there.mirror.state is not None
        there.mirror.state["advisors"]["damien_hebert"]["presence"] = "available"
        await there.sign_in()
        asked = await there.browser.get("/poste")
        await there.browser.post("/poste", data={"phone": "201", "csrf": csrf_in(asked)})
        ((_, told),) = there.router.asked
        assert told["presence"] == "available"


@pytest.mark.parametrize("taken", [True, False])
async def test_a_phone_he_cannot_have_is_told(pool: Pool, tmp_path: Path, taken: bool) -> None:
    await add(pool, DAMIEN)
    async with world(pool, tmp_path) as there:
        assert there.mirror.state is not None
        there.mirror.state["advisors"]["francoise_noel"]["presence"] = "available" if taken else "logged_out"
        there.router.answers["/presence"] = (409, {"accepted": False, "why": "he has a call"})
        await there.sign_in()
        asked = await there.browser.get("/poste")
        assert ("203 – Françoise Noël (occupé par Françoise Noël)" in asked.text) == taken
        refused = await there.browser.post("/poste", data={"phone": "203", "csrf": csrf_in(asked)})
        assert refused.status_code == 409
        said = (
            "est occupé aujourd’hui par Françoise Noël" if taken else "Le routeur refuse le poste 203 (he has a call)"
        )
        assert said in refused.text
        (session,) = await Sessions(pool).opened(there.now)
        assert session.phone == ""


async def test_without_a_router_the_phones_are_shown_and_the_choice_is_refused(pool: Pool, tmp_path: Path) -> None:
    await add(pool, DAMIEN)
    async with world(pool, tmp_path) as there:
        await there.sign_in()
        (tmp_path / "control.sock").rename(tmp_path / "away")
        await there.router.hang_up()
        async with asyncio.timeout(5):
            while there.mirror.frozen_at is None:  # noqa: ASYNC110 — the mirror tells its tabs, and there is none
                await asyncio.sleep(0.01)
        asked = await there.browser.get("/poste")
        assert "Le routeur ne répond pas" in asked.text
        there.router.answers["/presence"] = (500, {})
        refused = await there.browser.post("/poste", data={"phone": "201", "csrf": csrf_in(asked)})
        assert (refused.status_code, "Le routeur ne répond pas" in refused.text) == (503, True)
        assert await Sessions(pool).opened(there.now) != []
        (tmp_path / "away").rename(tmp_path / "control.sock")


async def test_who_takes_no_calls_has_no_phone_to_choose(pool: Pool, tmp_path: Path) -> None:
    await add(pool, HELENE)
    async with world(pool, tmp_path) as there:
        assert (await there.sign_in(HELENE)).headers["location"] == "/"
        assert (await there.browser.get("/poste")).headers["location"] == "/"


@pytest.mark.parametrize("case", ["password", "nobody", "disabled", "none", "long"])
async def test_whatever_is_wrong_the_answer_is_the_same(pool: Pool, tmp_path: Path, case: str) -> None:
    account = replace(DAMIEN, password_hash=None) if case == "none" else DAMIEN
    await add(pool, *([] if case == "nobody" else [account]))
    if case == "disabled":
        await Accounts(pool).set_disabled(DAMIEN.login, True, 0.0)
    async with world(pool, tmp_path) as there:
        words = {"password": ("faux",), "long": ("x" * 900,)}.get(case, ())
        refused = await there.sign_in(DAMIEN, *words)
        assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)
        assert "Identifiant ou mot de passe incorrect." in refused.text
        assert 'value="damien.hebert"' in refused.text


async def test_after_five_wrong_passwords_even_the_right_one_waits_a_minute(pool: Pool, tmp_path: Path) -> None:
    await add(pool, DAMIEN, HELENE)
    async with world(pool, tmp_path) as there:
        assert [(await there.sign_in(DAMIEN, "faux")).status_code for _ in range(6)] == [401] * 5 + [429]
        refused = await there.sign_in()
        assert "Trop d’essais : réessayez dans 60 secondes." in refused.text
        assert refused.headers["retry-after"] == "60"
        assert (await there.sign_in(HELENE)).status_code == 303
        there.now += 60
        assert (await there.sign_in()).status_code == 303


async def test_an_address_that_tries_many_logins_waits(pool: Pool, tmp_path: Path) -> None:
    async with world(pool, tmp_path) as there:
        codes = [(await there.sign_in(replace(DAMIEN, login=f"a{n}"), "faux")).status_code for n in range(31)]
    assert codes == [401] * 30 + [429]


async def test_behind_a_trusted_proxy_each_browser_has_its_own_pace(pool: Pool, tmp_path: Path) -> None:
    """An address that a browser writes itself, before the proxy's own word, counts for nothing."""
    door = WebDoor(HostPort("127.0.0.1", 9466), ORIGIN, SHIFT_S, ("127.0.0.1",))
    async with world(pool, tmp_path, door) as there:

        async def tries(address: str, number: int) -> int:
            typed = {"login": f"a{number}", "password": "faux"}
            forwarded = {"x-forwarded-for": f"198.51.100.{number}, {address}"}
            return (await there.browser.post("/connexion", data=typed, headers=forwarded)).status_code

        assert [await tries("10.0.0.1", number) for number in range(31)] == [401] * 30 + [429]
        assert await tries("10.0.0.2", 31) == 401


async def test_the_cookie_is_out_of_reach(pool: Pool, tmp_path: Path) -> None:
    await add(pool, DAMIEN)
    async with world(pool, tmp_path) as there:
        plain = (await there.sign_in()).headers["set-cookie"]
    assert re.fullmatch(r"cti=[\w-]{43}; HttpOnly; Max-Age=36000; Path=/; SameSite=strict", plain)
    door = WebDoor(HostPort("127.0.0.1", 9466), "https://accueil.example.fr", 3600.0)
    async with world(pool, tmp_path, door) as there:
        secure = (await there.sign_in()).headers["set-cookie"]
    assert re.fullmatch(r"__Host-cti=[\w-]{43}; HttpOnly; Max-Age=3600; Path=/; SameSite=strict; Secure", secure)


async def test_each_sign_in_is_another_session_and_ends_the_former(pool: Pool, tmp_path: Path) -> None:
    await add(pool, DAMIEN)
    async with world(pool, tmp_path) as there:
        await there.sign_in()
        former = there.browser.cookies["cti"]
        await there.sign_in()
        assert there.browser.cookies["cti"] != former
        there.browser.cookies["cti"] = former
        assert (await there.browser.get("/api/v1/openapi.json")).status_code == 401


async def test_signing_out_ends_the_session_and_the_day(pool: Pool, tmp_path: Path) -> None:
    await add(pool, DAMIEN)
    async with world(pool, tmp_path) as there:
        await there.sign_in()
        cookie = there.browser.cookies["cti"]
        gone = await there.browser.post("/deconnexion", headers={"x-csrf": csrf_of(cookie)})
        assert (gone.status_code, gone.headers["location"]) == (303, "/connexion")
        told = {"advisor": "damien_hebert", "presence": "logged_out", "author": "damien.hebert"}
        assert there.router.asked == [("/presence", told)]
        there.browser.cookies["cti"] = cookie
        assert (await there.browser.get("/api/v1/openapi.json")).status_code == 401


async def test_a_session_ends_with_the_shift(pool: Pool, tmp_path: Path) -> None:
    await add(pool, DAMIEN)
    async with world(pool, tmp_path) as there:
        await there.sign_in()
        there.now += SHIFT_S - 1
        assert (await there.browser.get("/api/v1/openapi.json")).status_code == 200
        there.now += 1
        refused = await there.browser.get("/api/v1/openapi.json")
        assert (refused.status_code, refused.json()["why"]) == (
            401,
            "Votre session est terminée : reconnectez-vous, ce que vous avez écrit est gardé.",
        )


@pytest.mark.parametrize("how", ["session", "login", "disabled", "password"])
async def test_a_session_that_is_revoked_ends_at_once(pool: Pool, tmp_path: Path, how: str) -> None:
    await add(pool, DAMIEN)
    async with world(pool, tmp_path) as there:
        await there.sign_in()
        assert (await there.browser.get("/api/v1/openapi.json")).status_code == 200
        match how:
            case "session":
                (session,) = await Sessions(pool).opened(there.now)
                assert await Sessions(pool).revoke_beginning(session.id[:12], there.now) == 1
            case "login":
                assert await Sessions(pool).revoke_of(DAMIEN.login, there.now) == 1
            case "disabled":
                assert await Accounts(pool).set_disabled(DAMIEN.login, True, there.now)
            case "password":
                assert await Accounts(pool).set_password(DAMIEN.login, DAMIEN.password_hash, there.now)
        assert (await there.browser.get("/api/v1/openapi.json")).status_code == 401
        assert await Sessions(pool).opened(there.now) == []


async def test_without_a_database_the_page_says_so_and_no_try_counts(away_pool: Pool, tmp_path: Path) -> None:
    async with world(away_pool, tmp_path) as there:
        for _ in range(7):
            refused = await there.sign_in()
            assert (refused.status_code, "La base de données ne répond pas" in refused.text) == (503, True)
            assert 'name="password"' in refused.text


async def test_a_person_who_opens_a_page_is_asked_to_sign_in(pool: Pool, tmp_path: Path) -> None:
    async with world(pool, tmp_path) as there:
        opened = await there.browser.get("/poste", headers={"accept": "text/html,*/*"})
        assert (opened.status_code, opened.headers["location"]) == (303, "/connexion")


async def test_while_the_database_is_away_those_who_are_in_stay_in(
    pool: Pool, tmp_path: Path, postgres: Postgres
) -> None:
    await add(pool, DAMIEN)
    async with world(pool, tmp_path) as there:
        await there.sign_in()
        assert (await there.browser.get("/api/v1/openapi.json")).status_code == 200
        async with postgres.away(), there.another_browser() as stranger:
            assert (await there.browser.get("/api/v1/openapi.json")).status_code == 200
            stranger.cookies["cti"] = "x" * 43
            refused = await stranger.get("/api/v1/openapi.json")
            assert (refused.status_code, "base de données" in refused.json()["why"]) == (503, True)
            there.now += SHIFT_S
            assert (await there.browser.get("/api/v1/openapi.json")).status_code == 401


async def test_what_is_typed_is_shown_as_text(pool: Pool, tmp_path: Path) -> None:
    async with world(pool, tmp_path) as there:
        refused = await there.browser.post("/connexion", data={"login": '"><script>', "password": "x"})
        assert "<script>" not in refused.text
        assert "&lt;script&gt;" in refused.text
