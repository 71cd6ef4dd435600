"""Signing in at the house's identity provider."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from cti_router.config.deployment import Oidc, SecretError, WebDoor
from cti_router.core.identity import Instant
from cti_router.database.pool import RowRefused
from cti_router.web.context import Context, Here
from cti_router.web.person import Role
from cti_router.web.rendering import page
from cti_router.web.signing.accounts import Account, Accounts, as_login
from cti_router.web.signing.opening import language_of, opened, set_session_cookie, sign_in_page
from cti_router.web.signing.provider import Identity, NotVouchedFor, Provider, ProviderAway

OUT, BACK = "/connexion/oidc", "/connexion/oidc/retour"
WITHIN_S = 600.0
MOST_OUT = 1000
_COOKIE = "cti-oidc"

_log = structlog.get_logger()


class _Refused(Exception):
    """He does not come in; the sentence is for him."""


@dataclass(frozen=True, slots=True)
class _Out:
    """Somebody who is at the provider, until `until_at` at the latest."""

    nonce: str
    verifier: str
    language: str
    until_at: Instant


def oidc_routes(door: WebDoor, oidc: Oidc) -> APIRouter:
    """Out to the provider, and back with what it says. Who is out is in memory, and bounded."""
    routes = APIRouter(include_in_schema=False)
    provider = Provider(oidc, door.origin + BACK)
    out: OrderedDict[str, _Out] = OrderedDict()

    @routes.get(OUT)
    async def go_out(here: Here, language: str = "fr") -> Response:
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        try:
            address = await provider.address_to_sign_in(state, nonce, verifier)
        except ProviderAway as error:
            _log.error("identity_provider_away", why=str(error))
            return sign_in_page(here, door, language, HTTPStatus.SERVICE_UNAVAILABLE, _AWAY)
        out[state] = _Out(nonce, verifier, language_of(language), here.now() + WITHIN_S)
        if len(out) > MOST_OUT:
            out.popitem(last=False)
        response = RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)
        # Lax: the browser comes back from another site, and must have it then.
        response.set_cookie(
            _COOKIE, state, max_age=int(WITHIN_S), path=OUT, secure=door.origin.startswith("https://"), httponly=True,
            samesite="lax",
        )  # fmt: skip
        return response

    async def vouched_for(who: _Out | None, code: str, now: Instant) -> Identity:
        if who is None or now > who.until_at:
            raise _Refused("Cette connexion a expiré : recommencez.")
        if not code:
            raise _Refused("La connexion a été refusée ou abandonnée : recommencez.")
        return await provider.identity(code, who.nonce, who.verifier, now)

    @routes.get(BACK)
    async def come_back(request: Request, here: Here, state: str = "", code: str = "") -> Response:
        """The provider's `error`, if there is one, comes without a code."""
        who = out.pop(state, None) if secrets.compare_digest(state.encode(), _brought(request)) else None
        language = who.language if who else "fr"
        try:
            account = await _account_of(here, oidc, await vouched_for(who, code, here.now()))
        except _Refused as refused:
            return sign_in_page(here, door, language, HTTPStatus.FORBIDDEN, str(refused))
        except NotVouchedFor as error:
            _log.error("identity_not_vouched_for", why=str(error))
            return sign_in_page(here, door, language, HTTPStatus.FORBIDDEN, _UNKNOWN)
        except (ProviderAway, SecretError) as error:
            _log.error("identity_provider_away", why=str(error))
            return sign_in_page(here, door, language, HTTPStatus.SERVICE_UNAVAILABLE, _AWAY)
        cookie, then = await opened(request, here, door, account, language)
        # A page, not a redirection: the browser comes from another site, and would not send a strict cookie along it.
        response = page("signed_in.html", language, service=here.loaded.name, then=then)
        set_session_cookie(response, door, cookie, door.session_s)
        response.delete_cookie(_COOKIE, path=OUT)
        return response

    return routes


_AWAY = "Le service de connexion de la maison ne répond pas : réessayez, ou utilisez votre mot de passe."
_UNKNOWN = "Le service de connexion de la maison n’a pas confirmé qui vous êtes : recommencez."


def _brought(request: Request) -> bytes:
    return request.cookies.get(_COOKIE, "").encode() or b"none"


async def _account_of(here: Context, oidc: Oidc, identity: Identity) -> Account:
    """The account with his login, which he alone has; its role is the provider's, if that says one."""
    accounts, login = Accounts(here.pool), as_login(str(identity.claims.get(oidc.login_claim, "")))
    account = await accounts.one(login)
    if account is None or account.disabled:
        raise _Refused(f"Aucun compte n’est ouvert ici pour « {login} » : adressez-vous à l’administrateur.")
    try:
        if not await accounts.bind(login, identity.subject):
            raise _Refused(f"Le compte « {login} » est à quelqu’un d’autre : adressez-vous à l’administrateur.")
        if oidc.role_claim is None:
            return account
        role = _role_in(identity.claims.get(oidc.role_claim))
        if role is not account.role:
            await accounts.set_role(login, role, account.advisor)
    except RowRefused:
        raise _Refused(
            f"Le compte « {login} » ne convient pas à votre rôle ou à votre identité : voyez l’administrateur."
        ) from None
    return account


def _role_in(claim: Any) -> Role:
    """The one role among what the claim says."""
    words = claim if isinstance(claim, list) else [claim]
    found = [role for role in Role if role in words]
    if len(found) != 1:
        raise _Refused("Le service de connexion de la maison ne vous donne pas un rôle d’ici : voyez l’administrateur.")
    return found[0]
