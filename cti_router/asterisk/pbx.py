"""The PBXs of all sites: links kept up, facts told, nudges given."""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from cti_router.asterisk.ami import AmiLink, AmiRefused
from cti_router.asterisk.ami_frames import AmiMessage
from cti_router.asterisk.facts import STATUS_VARIABLES, fact_from_event, sync_from_lists
from cti_router.asterisk.render import ASK_CONTEXT, ASK_EXTENSION, MANAGER_USER
from cti_router.config.deployment import PbxAddress
from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.model import CallerLeft, PbxLost, PbxSynced, PhoneChanged, TrunkChanged
from cti_router.interfaces import PbxAway

PbxFact = PbxSynced | PbxLost | PhoneChanged | TrunkChanged | CallerLeft

SYNC_DEADLINE_S = 2.0
NUDGE_DEADLINE_S = 1.0

_log = structlog.get_logger()


class AsteriskPbxs:
    """Implements `interfaces.Pbxs`. `tell` gets every fact, in the order in which each PBX told it."""

    def __init__(
        self, configuration: Configuration, addresses: Mapping[SiteId, PbxAddress], tell: Callable[[PbxFact], None]
    ) -> None:
        self._tell = tell
        self._peers = {site: _peers(configuration, site) for site in configuration.sites}
        self._links = {site: self._link(site, addresses[site]) for site in configuration.sites}

    def configure(self, configuration: Configuration) -> None:
        """Other trunks; the sites and their PBXs stay."""
        self._peers = {site: _peers(configuration, site) for site in configuration.sites}

    def up(self, site: SiteId) -> bool:
        return self._links[site].up

    async def run(self) -> None:
        async with asyncio.TaskGroup() as links:
            for link in self._links.values():
                links.create_task(link.run())

    async def nudge(self, site: SiteId, channel: str) -> bool:
        """True when the PBX took it, False when the channel is gone. Raises `PbxAway`."""
        fields = {"Channel": channel, "Context": ASK_CONTEXT, "Exten": ASK_EXTENSION, "Priority": "1"}
        try:
            await self._links[site].action("Redirect", fields, deadline_s=NUDGE_DEADLINE_S)
        except AmiRefused as refused:
            _log.info("nudge_refused", site=site, channel=channel, why=str(refused))
            return False
        return True

    async def resync(self, site: SiteId) -> None:
        """Ask a PBX for all that is there, and tell it. Raises `PbxAway`, `AmiRefused`."""
        link = self._links[site]
        variables = {"Variables": ",".join(STATUS_VARIABLES)}
        # Phones last: what changes while the channels are listed is then in the phones' list, or an event after it.
        channels = await link.collect("Status", variables, complete="StatusComplete", deadline_s=SYNC_DEADLINE_S)
        devices = await link.collect("DeviceStateList", complete="DeviceStateListComplete", deadline_s=SYNC_DEADLINE_S)
        self._tell(sync_from_lists(site, self._peers[site], channels, devices))

    async def resync_all(self) -> None:
        """After a standstill: every PBX that is linked tells again; one that cannot will when its link is back."""
        for site, link in self._links.items():
            if link.up:
                try:
                    await self.resync(site)
                except (PbxAway, AmiRefused) as error:
                    _log.warning("resync_failed", site=site, why=str(error))

    def _link(self, site: SiteId, address: PbxAddress) -> AmiLink:
        def heard(event: AmiMessage) -> None:
            fact = fact_from_event(site, self._peers[site], event)
            if fact is not None:
                self._tell(fact)

        async def up() -> None:
            await self._check_dialplan(site)
            await self.resync(site)

        return AmiLink(
            host=address.host,
            port=address.ami_port,
            username=MANAGER_USER,
            secret=address.ami_secret.reveal(),
            on_event=heard,
            on_up=up,
            on_down=lambda _reason: self._tell(PbxLost(site)),
            log=_log.bind(site=site),
        )

    async def _check_dialplan(self, site: SiteId) -> None:
        """A nudge into a context that is not there would lose the caller."""
        await self._links[site].action("ShowDialPlan", {"Context": ASK_CONTEXT, "Extension": ASK_EXTENSION})


def _peers(configuration: Configuration, site: SiteId) -> frozenset[SiteId]:
    ends = {(trunk.origin, trunk.destination) for trunk in configuration.trunks.values()}
    return frozenset(end for pair in ends if site in pair for end in pair) - {site}
