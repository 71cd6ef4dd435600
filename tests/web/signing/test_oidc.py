"""Signing in at an identity provider that is there, over HTTP."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from cti_router.config.deployment import HostPort, WebDoor
from cti_router.database.pool import Pool
from cti_router.web.person import Role
from cti_router.web.signing.accounts import Accounts
from tests.web.signing.house_provider import HouseProvider, house_provider
from tests.web.signing.kit import DAMIEN, HELENE, ORIGIN, World, add, world


@pytest.fixture(scope="module")
def shared() -> Iterator[HouseProvider]:
    with house_provider() as provider:
        yield provider


@pytest.fixture
def provider(shared: HouseProvider) -> HouseProvider:
    fresh = HouseProvider(shared.at)
    shared.who, shared.more, shared.lies, shared.tells = fresh.who, fresh.more, fresh.lies, fresh.tells
    shared.methods, shared.signs = fresh.methods, fresh.signs
    return shared


@pytest.fixture
async def there(provider: HouseProvider, pool: Pool, tmp_path: Path) -> AsyncIterator[World]:
    await add(pool, DAMIEN, HELENE)
    async with at(provider, pool, tmp_path) as there:
        yield there


def at(provider: HouseProvider, pool: Pool, tmp_path: Path, **oidc: Any) -> Any:
    door = WebDoor(HostPort("127.0.0.1", 9466), ORIGIN, 36_000.0, oidc=replace(provider.oidc, **oidc))
    return world(pool, tmp_path, door)


async def goes_out(there: World) -> httpx.Response:
    return await there.browser.get("/connexion/oidc", params={"language": "en"})


async def comes_back(there: World, provider: HouseProvider) -> httpx.Response:
    """Out to the provider, and back, as a browser does it."""
    provider.now = there.now
    out = await goes_out(there)
    assert out.status_code == 303, out.text
    async with httpx.AsyncClient() as elsewhere:
        back = await elsewhere.get(out.headers["location"])
    return await there.browser.get(back.headers["location"])


async def is_in(there: World) -> bool:
    return (await there.browser.get("/api/v1/openapi.json")).status_code == 200


async def test_somebody_signs_in_with_the_account_of_his_login(there: World, provider: HouseProvider) -> None:
    assert "/connexion/oidc" in (await there.browser.get("/connexion")).text
    back = await comes_back(there, provider)
    assert back.status_code == 200
    # Not a redirection: along one from another site the browser would not send the new cookie.
    assert re.search(r'http-equiv="refresh" content="0; url=/poste"', back.text)
    assert '<html lang="en">' in back.text
    assert "SameSite=strict" in next(c for c in back.headers.get_list("set-cookie") if c.startswith("cti="))
    assert await is_in(there)


async def test_the_cookie_on_the_way_survives_the_way_back_only(there: World) -> None:
    cookie = (await goes_out(there)).headers["set-cookie"]
    assert re.fullmatch(r"cti-oidc=[\w-]{43}; HttpOnly; Max-Age=600; Path=/connexion/oidc; SameSite=lax", cookie)


async def test_an_account_belongs_to_who_came_first(there: World, provider: HouseProvider, pool: Pool) -> None:
    await comes_back(there, provider)
    provider.who = {"sub": "2002", "preferred_username": "damien.hebert"}
    refused = await comes_back(there, provider)
    assert (refused.status_code, "est à quelqu’un d’autre" in refused.text) == (403, True)
    provider.who = {"sub": "1001", "preferred_username": "helene.aubry"}
    refused = await comes_back(there, provider)
    assert (refused.status_code, "ne convient pas" in refused.text) == (403, True)
    account = await Accounts(pool).one(DAMIEN.login)
    assert account is not None
    assert account.oidc_subject == "1001"


@pytest.mark.parametrize("case", ["nobody", "disabled", "no claim"])
async def test_who_has_no_account_stays_out(there: World, provider: HouseProvider, pool: Pool, case: str) -> None:
    match case:
        case "nobody":
            provider.who = {"sub": "3003", "preferred_username": "<b>inconnu</b>"}
        case "disabled":
            await Accounts(pool).set_disabled(DAMIEN.login, True, there.now)
        case "no claim":
            provider.who = {"sub": "1001"}
    refused = await comes_back(there, provider)
    assert (refused.status_code, "Aucun compte n’est ouvert ici" in refused.text) == (403, True)
    assert "<b>" not in refused.text
    assert not await is_in(there)


@pytest.mark.parametrize(
    "lie",
    [{"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"aud": ["cti-router", "b"], "azp": "b"},
     {"iss": "https://ailleurs.example"}, {"exp": 1}, {"iat": None}, {"exp": "soon"}, {"sub": None}, {"sub": 7}],
    ids=str,
)  # fmt: skip
async def test_a_token_that_is_not_meant_for_us_is_nobody_s(
    there: World, provider: HouseProvider, lie: dict[str, Any]
) -> None:
    provider.lies = lie
    refused = await comes_back(there, provider)
    assert (refused.status_code, "n’a pas confirmé qui vous êtes" in refused.text) == (403, True)
    assert not await is_in(there)


@pytest.mark.parametrize("signs", ["another key", "HS256", "none"])
async def test_a_token_that_the_provider_did_not_sign_is_nobody_s(
    there: World, provider: HouseProvider, signs: str
) -> None:
    provider.signs = signs
    assert (await comes_back(there, provider)).status_code == 403
    assert not await is_in(there)


@pytest.mark.parametrize("case", ["another browser", "no state", "twice", "late", "refused", "wrong code"])
async def test_who_did_not_go_out_does_not_come_back(there: World, provider: HouseProvider, case: str) -> None:
    provider.now = there.now
    out = await goes_out(there)
    async with httpx.AsyncClient() as elsewhere:
        address = (await elsewhere.get(out.headers["location"])).headers["location"]
    match case:
        case "another browser":
            there.browser.cookies.clear()
        case "no state":
            address = re.sub("&state=.*", "", address)
        case "twice":
            await there.browser.get(address)
            there.browser.cookies.clear()
            there.browser.cookies["cti-oidc"] = re.findall("state=(.*)", address)[0]
        case "late":
            there.now += 601
        case "refused":
            address = re.sub("code=[^&]*", "error=access_denied", address)
        case "wrong code":
            address = re.sub("code=[^&]*", "code=x", address)
    refused = await there.browser.get(address)
    assert refused.status_code == 403
    assert 'role="alert"' in refused.text
    assert not await is_in(there)


async def test_the_provider_s_role_is_taken_over(provider: HouseProvider, pool: Pool, tmp_path: Path) -> None:
    await add(pool, DAMIEN, HELENE)
    async with at(provider, pool, tmp_path, role_claim="roles") as there:
        provider.who = {"sub": "5", "preferred_username": "helene.aubry", "roles": ["staff", "auditor"]}
        assert (await comes_back(there, provider)).status_code == 200
        account = await Accounts(pool).one(HELENE.login)
        assert account is not None
        assert account.role is Role.AUDITOR
        for roles in ([], ["staff"], ["auditor", "supervisor"], "chef"):
            provider.who["roles"] = roles
            assert "ne vous donne pas un rôle d’ici" in (await comes_back(there, provider)).text
        provider.who["roles"] = "advisor"  # nobody says whom the configuration knows her as
        assert "ne convient pas" in (await comes_back(there, provider)).text


async def test_what_the_token_leaves_out_is_asked_for(there: World, provider: HouseProvider) -> None:
    provider.who, provider.more = {"sub": "1001"}, {"preferred_username": "damien.hebert"}
    assert (await comes_back(there, provider)).status_code == 200
    provider.more["sub"] = "2002"
    assert (await comes_back(there, provider)).status_code == 403


async def test_a_provider_that_takes_the_secret_in_the_form(there: World, provider: HouseProvider) -> None:
    provider.methods = ["client_secret_post"]
    assert (await comes_back(there, provider)).status_code == 200


@pytest.mark.parametrize("tells", [{"issuer": "https://ailleurs.example"}, {"jwks_uri": None}, {"token_endpoint": 7}])
async def test_a_provider_that_does_not_know_itself_is_away(
    there: World, provider: HouseProvider, tells: dict[str, Any]
) -> None:
    provider.tells = tells
    provider.now = there.now
    away = await goes_out(there)
    assert (away.status_code, "ne répond pas" in away.text) == (503, True)


async def test_without_a_provider_the_password_is_left(pool: Pool, tmp_path: Path, provider: HouseProvider) -> None:
    await add(pool, DAMIEN)
    async with at(provider, pool, tmp_path, issuer="http://127.0.0.1:9") as there:
        away = await goes_out(there)
        assert (away.status_code, "utilisez votre mot de passe" in away.text) == (503, True)
        assert (await there.sign_in()).status_code == 303
