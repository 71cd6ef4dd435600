"""Signing in and out: the login and the password, then the phone of the day."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from math import ceil
from typing import Annotated, Any, TypedDict

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from cti_router.config.deployment import WebDoor
from cti_router.core.configuration import AdvisorId, Configuration
from cti_router.database.pool import DatabaseAway
from cti_router.web.context import Context, Here
from cti_router.web.person import SESSION, Person, allowed
from cti_router.web.problems import DATABASE_AWAY, SIGN_IN, Problem
from cti_router.web.rendering import page
from cti_router.web.signing.accounts import Accounts, as_login
from cti_router.web.signing.opening import HOME, PHONE, address_of, go, opened, set_session_cookie, sign_in_page
from cti_router.web.signing.pace import Pace
from cti_router.web.signing.passwords import Passwords
from cti_router.web.signing.sessions import Sessions

OF_A_LOGIN, OF_AN_ADDRESS = (5, 60.0), (30, 5.0)
"""Tries at once, and seconds until the next: a whole site may have one address."""

Anyone = Annotated[Person, Depends(allowed(scope=SESSION))]
Typed = Annotated[str, Form(max_length=1000)]

_TAKEN = "Le poste {} est occupé aujourd’hui par {} : choisissez-en un autre."
_AWAY = "Le routeur ne répond pas : réessayez dans un instant."
_REFUSED = "Le routeur refuse le poste {} ({}) : choisissez-en un autre, ou réessayez après l’appel."


class Phone(TypedDict):
    """One of a site's phones: whose desk it stands on, and who has it today ("" for nobody)."""

    number: str
    whose: str
    taken_by: str


def sign_in_routes(door: WebDoor) -> APIRouter:
    """The pages before the first page. What they remember between two requests is in memory, and bounded."""
    routes = APIRouter(include_in_schema=False)
    passwords = Passwords()
    logins, addresses = Pace(*OF_A_LOGIN), Pace(*OF_AN_ADDRESS)

    @routes.get(SIGN_IN)
    async def ask(here: Here, language: str = "fr") -> Response:
        return sign_in_page(here, door, language)

    @routes.post(SIGN_IN)
    async def answer(
        request: Request, here: Here, login: Typed = "", password: Typed = "", language: Typed = "fr"
    ) -> Response:
        now, login, address = here.now(), as_login(login), address_of(request, door)
        wait_s = max(logins.wait_s(login, now), addresses.wait_s(address, now))
        if wait_s:
            why = f"Trop d’essais : réessayez dans {ceil(wait_s)} secondes."
            refused = sign_in_page(here, door, language, HTTPStatus.TOO_MANY_REQUESTS, why, login)
            refused.headers["retry-after"] = str(ceil(wait_s))
            return refused
        logins.tried(login, now)
        addresses.tried(address, now)
        try:
            account = await Accounts(here.pool).one(login)
            right = await passwords.right(account.password_hash if account else None, password)
        except (DatabaseAway, Problem) as problem:
            logins.forgive(login, now)
            addresses.forgive(address, now)
            why = problem.why if isinstance(problem, Problem) else DATABASE_AWAY
            return sign_in_page(here, door, language, HTTPStatus.SERVICE_UNAVAILABLE, why, login)
        if account is None or account.disabled or not right:
            return sign_in_page(
                here, door, language, HTTPStatus.UNAUTHORIZED, "Identifiant ou mot de passe incorrect.", login
            )
        logins.forgive(login, now)
        addresses.forgive(address, now)
        cookie, then = await opened(request, here, door, account, language)
        response = go(then)
        set_session_cookie(response, door, cookie, door.session_s)
        return response

    @routes.get(PHONE)
    async def ask_phone(here: Here, person: Anyone) -> Response:
        if person.advisor is None or person.advisor not in here.loaded.configuration.advisors:
            return go(HOME)
        return _asked_phone(here, person, person.advisor)

    @routes.post(PHONE)
    async def answer_phone(here: Here, person: Anyone, phone: Typed) -> Response:
        if person.advisor is None or person.advisor not in here.loaded.configuration.advisors:
            return go(HOME)
        try:
            await _take_phone(here, person.advisor, phone, person.login)
        except Problem as problem:
            return _asked_phone(here, person, person.advisor, problem.status, problem.why, chosen=phone)
        await Sessions(here.pool).has_phone(person.session, phone)
        return go(HOME)

    @routes.post("/deconnexion")
    async def sign_out(here: Here, person: Anyone) -> Response:
        if person.advisor is not None:
            gone = {"advisor": person.advisor, "presence": "logged_out", "author": person.login}
            with suppress(Problem):  # whoever leaves may leave, whether or not the router hears of it
                await here.control.request("POST", "/presence", json=gone)
        await Sessions(here.pool).revoke(person.session, here.now())
        response = go(SIGN_IN)
        set_session_cookie(response, door, "", 0)
        return response

    return routes


def _asked_phone(
    here: Context, person: Person, advisor: AdvisorId, status: int = HTTPStatus.OK, why: str = "", chosen: str = ""
) -> Response:
    mirror = here.tabs.mirror
    shown = mirror.state["advisors"] if mirror.state is not None else {}
    phones = phones_of(here.loaded.configuration, advisor, shown)
    if status == HTTPStatus.CONFLICT:
        taker = next((each["taken_by"] for each in phones if each["number"] == chosen), "")
        why = _TAKEN.format(chosen, taker) if taker else _REFUSED.format(chosen, why)
    elif mirror.frozen_at is not None:
        why = _AWAY
    own = here.loaded.configuration.advisors[advisor].phone
    return page(
        "phone_of_the_day.html", person.language, status, service=here.loaded.name, why=why, phones=phones,
        chosen=chosen or person.phone or own, csrf=person.csrf,
    )  # fmt: skip


def phones_of(configuration: Configuration, advisor: AdvisorId, shown: Mapping[AdvisorId, Any]) -> Sequence[Phone]:
    """The phones of his site. `shown`: the advisors as the router tells of them."""
    site = configuration.advisors[advisor].site
    desks = dict.fromkeys(configuration.sites[site].phones, "")
    desks |= {who.phone: who.name for who in configuration.advisors.values() if who.site == site}
    takers = {
        other["phone"]: other["name"]
        for id_, other in shown.items()
        if id_ != advisor and other["site"] == site and other["presence"] != "logged_out"
    }
    return [Phone(number=phone, whose=desks[phone], taken_by=takers.get(phone, "")) for phone in sorted(desks)]


async def _take_phone(here: Context, advisor: AdvisorId, phone: str, author: str) -> None:
    """He has this phone from now on; whoever was not there is absent until he says otherwise. Raises `Problem`."""
    state = here.tabs.mirror.state
    if state is None or advisor not in state["advisors"]:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, _AWAY)
    now = state["advisors"][advisor]
    presence = "available" if now["presence"] == "available" else "absent"
    chosen = {"advisor": advisor, "presence": presence, "reason": now["reason"], "phone": phone, "author": author}
    await here.control.request("POST", "/presence", json=chosen)
