"""From `network.yaml`, without an error, to where everything runs."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from cti_router.config.deployment import (
    Carrier,
    Deployment,
    HostPort,
    MessagesDoor,
    Oidc,
    PbxAddress,
    RouterAddress,
    Secret,
    VerdictHeader,
    WebDoor,
    Webhook,
)
from cti_router.config.network import Carrier as CarrierEntry
from cti_router.config.network import Messages as MessagesEntry
from cti_router.config.network import Network, Pbx, Web
from cti_router.config.network import Oidc as OidcEntry
from cti_router.config.secret_source import SecretSource


def build_deployment(network: Network, directory: Path, environ: Mapping[str, str]) -> Deployment:
    """Relative paths are relative to `directory`."""

    def secret(source: SecretSource) -> Secret:
        return Secret(source.env or directory / str(source.file), environ)

    def pbx_address(pbx: Pbx) -> PbxAddress:
        asks = tuple(pbx.ask_from or [pbx.address])
        key = secret(pbx.site_key) if pbx.site_key else None
        return PbxAddress(
            pbx.address, pbx.sip_port, pbx.ami_port, secret(pbx.ami_secret), asks, _carrier(pbx.carrier), key
        )

    def messages_door(door: MessagesEntry) -> MessagesDoor:
        certificate, key = (directory / path if path else None for path in (door.certificate, door.private_key))
        return MessagesDoor(HostPort(door.address, door.port), certificate, key)

    def provider(oidc: OidcEntry) -> Oidc:
        return Oidc(
            oidc.issuer.rstrip("/"), oidc.client_id, secret(oidc.client_secret), oidc.login_claim, oidc.role_claim
        )

    def web_door(door: Web) -> WebDoor:
        listen = HostPort(door.address, door.port)
        origin = door.origin or f"http://{listen.host}:{listen.port}"
        return WebDoor(
            listen, origin, door.session, tuple(door.trusted_proxies), provider(door.oidc) if door.oidc else None,
            door.crm_url,
            tuple(
                Webhook(hook.url, secret(hook.secret), frozenset(hook.events), hook.with_number)
                for hook in door.webhooks
            ),
        )  # fmt: skip

    listen = network.listen or network.routers[0]
    return Deployment(
        routers=tuple(
            RouterAddress(router.address, router.fastagi_port, tuple(router.ami_from or [router.address]))
            for router in network.routers
        ),
        listen=HostPort(listen.address, listen.fastagi_port),
        status=HostPort(network.status.address, network.status.port),
        state_directory=directory / network.state_directory,
        journal_keep_s=network.journal.keep,
        control_socket=directory / network.control_socket,
        pbxs=MappingProxyType({site: pbx_address(pbx) for site, pbx in network.pbxs.items()}),
        dsn=secret(network.database.dsn),
        messages=messages_door(network.messages) if network.messages else None,
        web=web_door(network.web) if network.web else None,
    )


def _carrier(carrier: CarrierEntry | None) -> Carrier | None:
    if carrier is None:
        return None
    return Carrier(carrier.endpoint, VerdictHeader[carrier.verdict.upper()] if carrier.verdict else None)
