"""Where everything runs: addresses, ports, paths, and secrets that are read only when they are needed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from cti_router.core.configuration import SiteId


class SecretError(Exception):
    """A secret is not where the configuration says; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that stands in an environment variable (`source` is its name) or in a file (`source` is its path)."""

    source: str | Path
    environ: Mapping[str, str] = field(repr=False, compare=False)

    def reveal(self) -> str:
        """The value: one line, without what ends it. Raises `SecretError` when it is missing, empty or unreadable."""
        value = self._from_file(self.source) if isinstance(self.source, Path) else self._from_environment(self.source)
        if not value.isprintable():
            raise SecretError(f"the secret in {self.source} must be one line without control characters")
        return value

    def _from_environment(self, name: str) -> str:
        value = self.environ.get(name, "")
        if not value:
            raise SecretError(f"the environment variable {name} is not set: set it to the secret")
        return value

    def _from_file(self, path: Path) -> str:
        try:
            value = path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise SecretError(f"the secret file {path} cannot be read: {why}") from None
        if not value:
            raise SecretError(f"the secret file {path} is empty: write the secret into it")
        return value


@dataclass(frozen=True, slots=True)
class HostPort:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class RouterAddress:
    """Where the PBXs reach a router, and where its manager connections come from."""

    host: str
    fastagi_port: int
    ami_from: tuple[str, ...]


class VerdictHeader(StrEnum):
    """The SIP header in which a carrier says whether it vouches for the calling number, as `verstat`."""

    P_ASSERTED_IDENTITY = "P-Asserted-Identity"
    FROM = "From"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A PBX's way to the public network: the name of its PJSIP endpoint, and where the carrier's verdict stands."""

    endpoint: str
    verdict: VerdictHeader | None = None


@dataclass(frozen=True, slots=True)
class PbxAddress:
    """Where a PBX is reached, where its asks come from, the password of its manager user, and its carrier.

    `site_key`: what the unit beside it (`cti-router site`) shows to the router; None: nothing is taken from it.
    """

    host: str
    sip_port: int
    ami_port: int
    ami_secret: Secret
    ask_from: tuple[str, ...]
    carrier: Carrier | None = None
    site_key: Secret | None = None


@dataclass(frozen=True, slots=True)
class MessagesDoor:
    """Where the sites bring their voice messages; over TLS when there is a certificate (PEM, with its private key)."""

    listen: HostPort
    certificate: Path | None = None
    private_key: Path | None = None


@dataclass(frozen=True, slots=True)
class Oidc:
    """The identity provider, and which of its claims say the login and (None: the account does) the role."""

    issuer: str
    client_id: str
    client_secret: Secret
    login_claim: str
    role_claim: str | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """A program that is told these kinds of events, signed with the secret; `with_number`: the caller's number too."""

    url: str
    secret: Secret
    events: frozenset[str]
    with_number: bool = False


@dataclass(frozen=True, slots=True)
class WebDoor:
    """Where the pages are served, and who may come in for how long.

    `origin`: scheme, host and port as browsers know them. `trusted_proxies`: who may say where a request comes from.
    `crm_url`: the address of another program's page about whoever calls, with `{siret}`, `{e164}`, `{call}` inside.
    """

    listen: HostPort
    origin: str
    session_s: float
    trusted_proxies: tuple[str, ...] = ()
    oidc: Oidc | None = None
    crm_url: str | None = None
    webhooks: tuple[Webhook, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """`listen` is where this machine's router takes asks, `status` serves healthz, readyz and metrics.

    Every site has its PBX in `pbxs`. `journal_keep_s`: how long the journal is kept; 0: there is none. `messages`:
    None when voice messages stay on the PBXs. `web`: None when there are no pages.
    """

    routers: tuple[RouterAddress, ...]
    listen: HostPort
    status: HostPort
    state_directory: Path
    journal_keep_s: float
    control_socket: Path
    pbxs: Mapping[SiteId, PbxAddress]
    dsn: Secret
    messages: MessagesDoor | None = None
    web: WebDoor | None = None
