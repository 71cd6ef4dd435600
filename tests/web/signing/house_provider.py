"""An identity provider on loopback: real HTTP, real keys, and the lies it is told to tell."""

import asyncio
import base64
import hashlib
import json
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cti_router.config.deployment import HostPort, Oidc, Secret
from cti_router.control import serve_on_tcp

CLIENT, SECRET = "cti-router", "un-secret-de-maison"


@dataclass
class HouseProvider:
    """`who` signs in there; `lies` change what its tokens say, `more` is told only when it is asked for."""

    at: HostPort
    who: dict[str, Any] = field(default_factory=lambda: {"sub": "1001", "preferred_username": "Damien.Hebert"})
    more: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    methods: list[str] = field(default_factory=lambda: ["client_secret_basic"])
    signs: str = "RS256"
    tells: dict[str, Any] = field(default_factory=dict)
    now: float = 0.0

    def __post_init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})
        self._other = RSAKey.generate_key(2048, {"kid": "one"})
        self._codes: dict[str, dict[str, str]] = {}
        self._access: set[str] = set()

    @property
    def issuer(self) -> str:
        return f"http://{self.at.host}:{self.at.port}"

    @property
    def oidc(self) -> Oidc:
        return Oidc(self.issuer, CLIENT, Secret("HOUSE", {"HOUSE": SECRET}), "preferred_username")

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
                Route("/me", self._me),
            ]
        )

    async def _discovery(self, _: Request) -> Response:
        told = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/me", "token_endpoint_auth_methods_supported": self.methods,
        }  # fmt: skip
        return JSONResponse({**told, **self.tells})

    async def _authorize(self, request: Request) -> Response:
        """Somebody is there who agrees at once."""
        asked = dict(request.query_params)
        assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT, "code", "S256")
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or challenge.decode().rstrip("=") != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if form["redirect_uri"] != asked["redirect_uri"] or not self._is_client(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": int(self.now), "exp": int(self.now) + 300,
            "nonce": asked["nonce"], **self.who, **self.lies,
        }  # fmt: skip
        access = secrets.token_urlsafe(16)
        self._access.add(access)
        return JSONResponse({"access_token": access, "token_type": "Bearer", "id_token": self._signed(claims)})

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        given = request.headers.get("authorization") == f"Basic {basic}"
        posted = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        return given if "client_secret_basic" in self.methods else posted and not given

    def _signed(self, claims: dict[str, Any]) -> str:
        match self.signs:
            case "another key":
                return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self._other)
            case "HS256":  # with what everybody may know: the public key's own text
                public = json.dumps(self._key.as_dict(private=False)).encode()
                return jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(public))
            case "none":
                head, body = (
                    base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
                    for part in ({"alg": "none"}, claims)
                )
                return f"{head}.{body}."
            case _:
                return jwt.encode({"alg": self.signs, "kid": "one"}, claims, self._key)

    async def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _me(self, request: Request) -> Response:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._access:
            return JSONResponse({}, 401)
        return JSONResponse({"sub": self.who["sub"], **self.more})


@contextmanager
def house_provider() -> Iterator[HouseProvider]:
    """It serves in a thread of its own until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    provider = HouseProvider(HostPort("127.0.0.1", port))
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        await serve_on_tcp(provider.application(), provider.at.host, provider.at.port)

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(serving)
        except asyncio.CancelledError:
            pass
        finally:
            loop.close()

    serving = loop.create_task(serve())
    thread = threading.Thread(target=run)
    thread.start()
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=6)) as client:
            client.get(f"{provider.issuer}/keys")
        yield provider
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join()
