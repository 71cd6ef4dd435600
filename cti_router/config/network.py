"""network.yaml: where the routers, the PBXs and the database are, and where their secrets come from."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from cti_router.config.entry import EachEntry, EachItem, Entry, reading
from cti_router.config.errors import Place
from cti_router.config.fields import (
    Address,
    Duration,
    Endpoint,
    Label,
    Origin,
    Port,
    SiteReference,
    WebAddress,
)
from cti_router.config.located import LocatedMapping
from cti_router.config.outside import CrmAddress, Webhook, webhooks_differ
from cti_router.config.secret_source import SecretSource

_SHORTEST_SESSION_S, _LONGEST_SESSION_S = 300.0, 7 * 86400.0


class Router(Entry):
    """A machine where a router answers the PBXs."""

    address: Address = Field(description="Where the PBXs reach it.", examples=["192.0.2.10"])
    fastagi_port: Port = Field(default=4573, description="The TCP port on which the PBXs ask.")
    ami_from: list[Address] = Field(
        default=[], description="Where its manager connections come from; its address when not told."
    )


class Listen(Entry):
    """Where this machine's router listens for asks."""

    address: Address = Field(description="The address to bind.", examples=["192.0.2.10"])
    fastagi_port: Port = Field(default=4573, description="The TCP port to bind.")


class Status(Entry):
    """Where `healthz`, `readyz` and `metrics` are served."""

    address: Address = Field(default="127.0.0.1", description="The address on which they are served.")
    port: Port = Field(default=9464, description="The TCP port on which they are served.")


class Carrier(Entry):
    """A PBX's way to the public network."""

    endpoint: Endpoint = Field(description="The carrier's PJSIP endpoint on this PBX.", examples=["carrier"])
    verdict: Literal["p_asserted_identity", "from"] | None = Field(
        default=None,
        description="The header in which the carrier itself says whether it vouches for the calling number (`verstat`, "
        "STIR/SHAKEN). Leave it out unless the carrier promises to write it, and to remove what others wrote.",
        examples=["p_asserted_identity"],
    )


class Pbx(Entry):
    """A site's PBX as the routers and the other PBXs reach it."""

    address: Address = Field(description="Its address.", examples=["10.14.0.1"])
    sip_port: Port = Field(default=5060, description="The UDP port of its SIP, for the trunks.")
    ami_port: Port = Field(default=5038, description="The TCP port of its manager interface (AMI).")
    ami_secret: SecretSource = Field(
        description="The password of its manager user: `env` or `file`.", examples=["{env: CTI_AMI_CAEN}"]
    )
    ask_from: list[Address] = Field(default=[], description="Where its asks come from; its address when not told.")
    carrier: Carrier | None = Field(default=None, description="Its way to the public network.")
    site_key: SecretSource | None = Field(
        default=None,
        description="What `cti-router site` shows, beside this PBX, when it brings voice messages (see `messages`): "
        "`env` or `file`.",
        examples=["{env: CTI_SITE_CAEN}"],
    )


class Messages(Entry):
    """Where `cti-router site` brings the voice messages from each PBX: from its `ask_from` addresses, with its key."""

    address: Address = Field(description="The address on which they are taken.", examples=["192.0.2.10"])
    port: Port = Field(default=9465, description="The TCP port on which they are taken.")
    certificate: Label | None = Field(
        default=None,
        description="The certificate for TLS, a PEM file; without it they come in clear.",
        examples=["/etc/cti-router/router.pem"],
    )
    private_key: Label | None = Field(
        default=None, description="The certificate's private key, a PEM file.", examples=["/etc/cti-router/router.key"]
    )

    @model_validator(mode="after")
    def _both_or_none(self, info: ValidationInfo) -> Self:
        if (self.certificate is None) != (self.private_key is None):
            one, other = ("certificate", "private_key") if self.certificate else ("private_key", "certificate")
            reading(info).report.add(self.place(one), f"TLS takes “{other}” as well: add it, or remove this")
        return self


class Oidc(Entry):
    """Sign-in at the house's identity provider (OpenID Connect, authorization code with PKCE)."""

    issuer: WebAddress = Field(
        description="The provider's address; its `/.well-known/openid-configuration` says the rest.",
        examples=["https://sso.example.fr/realms/house"],
    )
    client_id: Label = Field(description="As what the pages are known there.", examples=["cti-router"])
    client_secret: SecretSource = Field(
        description="What the pages show there: `env` or `file`.", examples=["{env: CTI_OIDC_SECRET}"]
    )
    login_claim: Label = Field(
        default="preferred_username", description="The claim that is the login of an account here.", examples=["email"]
    )
    role_claim: Label | None = Field(
        default=None,
        description="The claim that is his role (`advisor`, `supervisor` or `auditor`), taken over at each sign-in; "
        "without it, the account's.",
        examples=["cti_role"],
    )


class Web(Entry):
    """The pages of advisors and supervisors, and their API."""

    address: Address = Field(
        default="127.0.0.1", description="The address on which they are served.", examples=["192.0.2.10"]
    )
    port: Port = Field(default=9466, description="The TCP port on which they are served.")
    origin: Origin | None = Field(
        default=None,
        description="What browsers have in their address bar; `https` when a proxy in front speaks TLS. Without it, "
        "`http://` and the address and port above.",
        examples=["https://accueil.example.fr"],
    )
    session: Duration = Field(default=10 * 3600.0, description="How long a sign-in lasts: a shift.", examples=["10h"])
    trusted_proxies: list[Address] = Field(
        default=[],
        description="The proxies in front, whose `X-Forwarded-For` tells where a request comes from.",
        examples=["[127.0.0.1]"],
    )
    oidc: Oidc | None = Field(
        default=None, description="Sign-in at the house's identity provider; without it, passwords only."
    )
    crm_url: CrmAddress | None = Field(
        default=None,
        description="Another program's page about whoever calls, opened by a link in the record: `{siret}`, `{e164}` "
        "(his number, with its +) and `{call}` stand for what is known of him.",
        examples=["https://crm.example.fr/dossier?siret={siret}"],
    )
    webhooks: Annotated[list[Webhook], EachItem, AfterValidator(webhooks_differ)] = Field(
        default=[], description="Which programs are told what happens, see docs/webhooks.md."
    )

    @model_validator(mode="after")
    def _a_session_lasts(self, info: ValidationInfo) -> Self:
        if not _SHORTEST_SESSION_S <= self.session <= _LONGEST_SESSION_S:
            reading(info).report.add(self.place("session"), "must be from 5min to 7d: a shift is about 10h")
        return self


class Journal(Entry):
    """What the switchboard was told, on local disk, so that any moment of it can be replayed."""

    keep: Duration = Field(
        default=30 * 86400.0,
        description="How long it is kept; it holds calling numbers. `0d`: no journal.",
        examples=["30d"],
    )


class Database(Entry):
    """The PostgreSQL database."""

    dsn: SecretSource = Field(description="How to reach it: `env` or `file`.", examples=["{env: CTI_DSN}"])


def _routers_differ(routers: list[Router], info: ValidationInfo) -> list[Router]:
    first: dict[tuple[str, int], Place] = {}
    for router in routers:
        where = (router.address, router.fastagi_port)
        if where in first:
            reading(info).report.add(router.place(), f"this router is there already in {first[where]}: keep one")
        first.setdefault(where, router.place())
    return routers


def _addresses_differ(pbxs: dict[str, Pbx], info: ValidationInfo) -> dict[str, Pbx]:
    # A PBX knows who calls over a trunk by the address alone.
    first: dict[str, Place] = {}
    for pbx in pbxs.values():
        place = pbx.place("address")
        if pbx.address in first:
            reading(info).report.add(place, f"{pbx.address} is the address of another PBX in {first[pbx.address]}")
        first.setdefault(pbx.address, place)
    return pbxs


def _one_each_site(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, LocatedMapping):
        for site in reading(info).ids["sites"] or ():
            if site not in value:
                reading(info).report.add(value.place, f"the PBX of site “{site}” is missing: add it")
    return value


class Network(Entry):
    """Addresses, ports and secrets."""

    routers: Annotated[list[Router], Field(min_length=1), EachItem, AfterValidator(_routers_differ)] = Field(
        description="The routers, in the order in which a PBX asks them."
    )
    listen: Listen | None = Field(
        default=None, description="Where the router on this machine listens; the first router's address when not told."
    )
    status: Status = Field(default=Status(), description="Where `healthz`, `readyz` and `metrics` are served.")
    state_directory: Label = Field(
        default="/var/lib/cti-router", description="What waits for the database is kept here; must survive a reboot."
    )
    journal: Journal = Field(
        default_factory=Journal, description="What the switchboard was told, kept in the state directory for replay."
    )
    messages: Messages | None = Field(
        default=None,
        description="Where voice messages are brought to the router; without it they stay on the PBXs.",
        examples=["{address: 192.0.2.10, port: 9465}"],
    )
    web: Web | None = Field(
        default=None,
        description="The pages of advisors and supervisors; `cti-router run` serves none without it.",
        examples=["{address: 127.0.0.1, port: 9466}"],
    )
    control_socket: Label = Field(
        default="/run/cti-router/control.sock", description="The socket through which the commands reach the router."
    )
    pbxs: Annotated[
        dict[SiteReference, Pbx], EachEntry, BeforeValidator(_one_each_site), AfterValidator(_addresses_differ)
    ] = Field(description="The PBX of each site, by the site's id.")
    database: Database = Field(description="The PostgreSQL database.")

    @model_validator(mode="after")
    def _some_site_has_a_key(self, info: ValidationInfo) -> Self:
        keyed = [pbx for pbx in self.pbxs.values() if pbx.site_key is not None]
        if self.messages is not None and not keyed:
            reading(info).report.add(
                self.messages.place(), "no PBX has a “site_key”, so nobody may bring messages: add one, or remove this"
            )
        for pbx in keyed if self.messages is None else ():
            reading(info).report.add(
                pbx.place("site_key"), "is for bringing messages: add “messages” to “network”, or remove this"
            )
        return self
