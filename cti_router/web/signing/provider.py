"""The house's identity provider: OpenID Connect Core 1.0, authorization code (RFC 6749) with PKCE (RFC 7636)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from cti_router.config.deployment import Oidc
from cti_router.core.identity import Instant

PATIENCE_S = 5.0
LEEWAY_S = 60
"""How far the clocks of the two may be apart."""

SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those that a key nobody else has makes."""


class ProviderAway(Exception):
    """The provider could not be asked, or does not say what it must; the sentence is for the log."""


class NotVouchedFor(Exception):
    """What came back does not say who he is; the sentence is for the log."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who he is over there: `subject` never changes, the `claims` may."""

    subject: str
    claims: Mapping[str, Any]


class Provider:
    """Asked only while somebody signs in; its addresses and keys are read anew each time, so none is out of date."""

    def __init__(self, oidc: Oidc, redirect_uri: str) -> None:
        self._oidc = oidc
        self._redirect_uri = redirect_uri

    async def address_to_sign_in(self, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes. Raises `ProviderAway`."""
        async with _client() as client:
            metadata = await self._metadata(client)
        return str(
            prepare_grant_uri(
                metadata["authorization_endpoint"], self._oidc.client_id, "code", self._redirect_uri,
                "openid profile email", state, nonce=nonce, code_challenge=create_s256_code_challenge(verifier),
                code_challenge_method="S256",
            )
        )  # fmt: skip

    async def identity(self, code: str, nonce: str, verifier: str, now: Instant) -> Identity:
        """Whom the code that the browser brought back stands for. Raises `ProviderAway` or `NotVouchedFor`."""
        async with _client() as client:
            metadata = await self._metadata(client)
            tokens = await self._tokens(client, metadata, code, verifier)
            keys = await _json(client, "GET", metadata["jwks_uri"])
            claims = self._verified(tokens, keys, nonce, now)
            if self._oidc.login_claim not in claims and "userinfo_endpoint" in metadata:
                claims = {**await self._more(client, metadata, tokens, claims["sub"]), **claims}
        return Identity(claims["sub"], claims)

    async def _metadata(self, client: httpx.AsyncClient) -> dict[str, Any]:
        found = await _json(client, "GET", f"{self._oidc.issuer}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != self._oidc.issuer:
            raise ProviderAway(f"it calls itself {found.get('issuer')!r}, and not {self._oidc.issuer}")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if missing := [name for name in needed if not isinstance(found.get(name), str)]:
            raise ProviderAway(f"it does not tell its {', '.join(missing)}")
        return found

    async def _tokens(
        self, client: httpx.AsyncClient, metadata: Mapping[str, Any], code: str, verifier: str
    ) -> dict[str, Any]:
        secret = self._oidc.client_secret.reveal()
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }  # fmt: skip
        if "client_secret_basic" in metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            return await _json(
                client, "POST", metadata["token_endpoint"], data=form, auth=(self._oidc.client_id, secret)
            )
        form |= {"client_id": self._oidc.client_id, "client_secret": secret}
        return await _json(client, "POST", metadata["token_endpoint"], data=form)

    def _verified(self, tokens: Mapping[str, Any], keys: dict[str, Any], nonce: str, now: Instant) -> dict[str, Any]:
        try:
            token = jwt.decode(str(tokens.get("id_token", "")), KeySet.import_key_set(keys), algorithms=SIGNATURES)  # type: ignore[arg-type]
            claims = CodeIDToken(
                token.claims, token.header,
                {"iss": {"essential": True}, "aud": {"essential": True, "value": self._oidc.client_id}},
                {"nonce": nonce, "client_id": self._oidc.client_id, "access_token": tokens.get("access_token")},
            )  # fmt: skip
            claims.validate(int(now), LEEWAY_S)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotVouchedFor(f"its token is not good: {error}") from error
        if str(claims["iss"]).rstrip("/") != self._oidc.issuer or not isinstance(claims["sub"], str):
            raise NotVouchedFor(f"its token is of {claims['iss']!r}")
        return dict(claims)

    async def _more(
        self, client: httpx.AsyncClient, metadata: Mapping[str, Any], tokens: Mapping[str, Any], subject: str
    ) -> dict[str, Any]:
        bearer = {"authorization": f"Bearer {tokens.get('access_token', '')}"}
        found = await _json(client, "GET", metadata["userinfo_endpoint"], headers=bearer)
        if found.get("sub") != subject:
            raise NotVouchedFor("it tells of somebody else")
        return found


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=PATIENCE_S)


async def _json(client: httpx.AsyncClient, method: str, address: str, **rest: Any) -> dict[str, Any]:
    try:
        response = await client.request(method, address, **rest)
        found = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ProviderAway(f"{address}: {error or type(error).__name__}") from error
    if response.status_code in (400, 401):
        raise NotVouchedFor(f"{address} answers {response.status_code}")
    if not response.is_success or not isinstance(found, dict):
        raise ProviderAway(f"{address} answers {response.status_code}")
    return found
