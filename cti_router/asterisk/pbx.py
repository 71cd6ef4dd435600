"""The PBXs of all sites: links kept up, facts told, nudges given."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from cti_router.asterisk.ami import AmiLink, AmiRefused
from cti_router.asterisk.ami_frames import AmiMessage
from cti_router.asterisk.asks import sip_call_id
from cti_router.asterisk.facts import STATUS_VARIABLES, fact_from_event, sync_from_lists
from cti_router.asterisk.fallback_orders import order_lines
from cti_router.asterisk.render import ASIDE_CONTEXT, ASK_CONTEXT, ASK_EXTENSION, CALLBACK_CONTEXT, MANAGER_USER
from cti_router.config.deployment import PbxAddress
from cti_router.core.aside import LegEnded
from cti_router.core.callback import AdvisorNotReached, RingAdvisor
from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.duty.calendar_orders import CalendarOrders
from cti_router.core.inputs import CallerLeft, PbxLost, PbxSynced, PhoneChanged, TrunkChanged
from cti_router.interfaces import PbxAway

PbxFact = PbxSynced | PbxLost | PhoneChanged | TrunkChanged | CallerLeft | LegEnded | AdvisorNotReached

SYNC_DEADLINE_S = 2.0
NUDGE_DEADLINE_S = 1.0
KEEP_DEADLINE_S = 3.0
QUALIFIED_AFTER_S = 2.5
"""A little more than `qualify_timeout`."""

KEEP_ORDERS = "Local/keep@cti-orders-v1/n"
MOST_ORDERS = 100
"""A manager's action has 128 lines at most."""

_log = structlog.get_logger()


class AsteriskPbxs:
    """Implements `interfaces.Pbxs`. `tell` gets every fact, in the order in which each PBX told it."""

    def __init__(
        self, configuration: Configuration, addresses: Mapping[SiteId, PbxAddress], tell: Callable[[PbxFact], object]
    ) -> None:
        self._tell = tell
        self._reached: dict[tuple[SiteId, SiteId], bool] = {}
        self._held: dict[SiteId, list[PbxFact]] = {}
        self._ordered: dict[SiteId, list[str]] = {}
        self._telling = {site: asyncio.Lock() for site in configuration.sites}
        self._peers = {site: _peers(configuration, site) for site in configuration.sites}
        self._carriers = {site: at.carrier.endpoint if at.carrier else "" for site, at in addresses.items()}
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

    def nudge(self, site: SiteId, channel: str) -> Awaitable[bool]:
        """Sent at once. True when the PBX took it, False when the channel is gone. Raises `PbxAway`, when awaited."""
        return self._redirect(site, channel, ASK_CONTEXT)

    def _redirect(self, site: SiteId, channel: str, context: str) -> Awaitable[bool]:
        fields = {"Channel": channel, "Context": context, "Exten": ASK_EXTENSION, "Priority": "1"}
        return self._nudged(site, channel, self._links[site].send("Redirect", fields, deadline_s=NUDGE_DEADLINE_S))

    async def _nudged(self, site: SiteId, channel: str, sent: Awaitable[AmiMessage]) -> bool:
        try:
            await sent
        except AmiRefused as refused:
            _log.info("nudge_refused", site=site, channel=channel, why=str(refused))
            return False
        except PbxAway:
            # A redirect that comes late would cut what the caller does by then: with the link, it is not carried out.
            self._links[site].drop("no answer to a nudge")
            raise
        return True

    async def part(self, site: SiteId, channel: str) -> bool:
        """Caller and advisor to their asks, both at once. False when the caller is in no talk. Raises `PbxAway`."""
        link = self._links[site]
        try:
            said = await link.action("Getvar", {"Channel": channel, "Variable": "BRIDGEPEER"}, deadline_s=1.0)
            if not (leg := said.get("Value")):
                return False
            to_ask = {"Context": ASK_CONTEXT, "Exten": ASK_EXTENSION, "Priority": "1"}
            aside = {"ExtraContext": ASIDE_CONTEXT, "ExtraExten": ASK_EXTENSION, "ExtraPriority": "1"}
            both = {"Channel": channel, "ExtraChannel": leg}
            await link.action("Redirect", {**both, **to_ask, **aside}, deadline_s=NUDGE_DEADLINE_S)
        except AmiRefused as refused:
            _log.info("not_parted", site=site, channel=channel, why=str(refused))
            return False
        except PbxAway:
            link.drop("no answer to a redirect")
            raise
        return True

    def nudge_leg(self, site: SiteId, channel: str) -> Awaitable[bool]:
        """As `nudge`, for an advisor's leg that is aside."""
        return self._redirect(site, channel, ASIDE_CONTEXT)

    async def hang_up(self, site: SiteId, channel: str, *, peer: bool, spares: str) -> bool:
        """Hang up a channel, or whom it talks with. False when there is none, or it is `spares`. Raises `PbxAway`."""
        link = self._links[site]
        try:
            if peer:
                said = await link.action("Getvar", {"Channel": channel, "Variable": "BRIDGEPEER"})
                channel = said.get("Value")
            if channel == spares:
                return False
            if channel:
                await link.action("Hangup", {"Channel": channel})
        except AmiRefused as refused:
            _log.info("not_hung_up", site=site, channel=channel, why=str(refused))
            return False
        return bool(channel)

    async def ring_advisor(self, ring: RingAdvisor) -> None:
        """Let an advisor's phone ring; who answers comes into the callback's context. Raises `PbxAway`.

        The leg's unique id is the offer's: while it is there, a second one is refused.
        """
        site, *way = ring.path
        ours = {"__CTI_CALL": ring.callback, "CTI_OFFER": ring.offer, "CTI_ADVISOR": ring.advisor}
        variables = {**ours, "CTI_CALLBACK": "1"}
        if way:
            variables["PJSIP_HEADER(add,X-CTI-Call)"] = ring.callback
        if len(way) > 1:
            variables["PJSIP_HEADER(add,X-CTI-To)"] = way[-1]
        fields = {
            "Channel": f"PJSIP/{ring.phone}@{way[0]}" if way else f"PJSIP/{ring.phone}",
            "Context": CALLBACK_CONTEXT,
            "Exten": ASK_EXTENSION,
            "Priority": "1",
            "ChannelId": ring.offer,
            # The phone shows both, where he is to be called at another number than he called from.
            "CallerID": f'"appelait du +{ring.called_from}" <+{ring.shows}>' if ring.called_from else f"+{ring.shows}",
            "Timeout": f"{1000 * ring.ring_s:.0f}",
            "Async": "true",
            "Variable": ",".join(f"{name}={value}" for name, value in variables.items()),
        }
        try:
            await self._links[site].action("Originate", fields, deadline_s=NUDGE_DEADLINE_S)
        except AmiRefused as refused:
            raise PbxAway(f"{site} does not ring {ring.advisor}: {refused}") from refused

    async def dialled_sip(self, site: SiteId, channel: str) -> str:
        """The SIP Call-ID of the leg a caller's channel has dialled; "" when nobody can tell."""
        try:
            said = await self._links[site].action("Getvar", {"Channel": channel, "Variable": "CTI_LEG"})
        except (PbxAway, AmiRefused):
            return ""
        return sip_call_id(said.get("Value"))

    async def probe(self, site: SiteId, peer: SiteId) -> None:
        """Let a PBX ask its neighbour whether it is there, and tell. Raises `PbxAway`."""
        link = self._links[site]
        try:
            await link.action("PJSIPQualify", {"Endpoint": peer}, deadline_s=NUDGE_DEADLINE_S)
            await asyncio.sleep(QUALIFIED_AFTER_S)
            answer = await link.action(
                "Getvar", {"Variable": f"DEVICE_STATE(PJSIP/{peer})"}, deadline_s=NUDGE_DEADLINE_S
            )
        except AmiRefused as refused:
            raise PbxAway(f"{site} does not probe {peer}: {refused}") from refused
        self._tell(TrunkChanged(site, peer, answer.get("Value") not in ("UNAVAILABLE", "INVALID", "UNKNOWN")))

    async def tell_orders(self, site: SiteId, orders: CalendarOrders) -> None:
        """Have a PBX write what is ordered over the calendar into its own database, for its fallback. Raises `PbxAway`.

        Its dialplan does it, and answers when it is done: what writes there by itself (`DBPut`) would need the right
        `system`, and that, with `originate`, is a shell.
        """
        self._ordered[site] = order_lines(orders)
        async with self._telling[site]:
            lines = self._ordered[site]  # the newest, whoever came first
            if len(lines) > MOST_ORDERS:
                _log.error("orders_not_all_told", site=site, orders=len(lines), told=MOST_ORDERS)
                lines = lines[:MOST_ORDERS]
            told = [f"CTI_KEEP={len(lines)}", *(f"CTI_KEEP_{number}={line}" for number, line in enumerate(lines, 1))]
            keep = {"Channel": KEEP_ORDERS, "Application": "NoOp", "Timeout": "2000", "Variable": told}
            try:
                await self._links[site].action("Originate", keep, deadline_s=KEEP_DEADLINE_S)
            except AmiRefused as refused:
                raise PbxAway(f"{site} does not keep orders for its fallback: {refused}") from refused

    async def resync(self, site: SiteId) -> None:
        """Ask a PBX for all that is there, and tell it. Raises `PbxAway`, `AmiRefused`."""
        link, began = self._links[site], time.monotonic()
        held = self._held[site] = []
        try:
            variables = {"Variables": ",".join(STATUS_VARIABLES)}
            channels = await link.collect("Status", variables, complete="StatusComplete", deadline_s=SYNC_DEADLINE_S)
            devices = await link.collect(
                "DeviceStateList", complete="DeviceStateListComplete", deadline_s=SYNC_DEADLINE_S
            )
            took_s = time.monotonic() - began
            self._tell(sync_from_lists(site, self._peers[site], self._carriers[site], channels, devices, took_s))
        finally:
            # News that came while the lists were made is newer than the lists.
            if self._held.get(site) is held:
                del self._held[site]
            for fact in held:
                self._tell(fact)

    async def resync_all(self) -> None:
        """After a standstill: every PBX that is linked tells again; one that cannot is linked anew, and tells then."""
        async with asyncio.TaskGroup() as asking:
            for site, link in self._links.items():
                if link.up:
                    asking.create_task(self._resync_or_drop(site))

    async def _resync_or_drop(self, site: SiteId) -> None:
        try:
            await self.resync(site)
        except (PbxAway, AmiRefused) as error:
            _log.warning("resync_failed", site=site, why=str(error))
            self._links[site].drop("it could not tell what is there")

    def _link(self, site: SiteId, address: PbxAddress) -> AmiLink:
        def heard(event: AmiMessage) -> None:
            fact = fact_from_event(site, self._peers[site], event)
            if isinstance(fact, TrunkChanged) and not self._is_news(fact):
                return
            if fact is not None and (held := self._held.get(site)) is not None:
                held.append(fact)
            elif fact is not None:
                self._tell(fact)

        async def up() -> None:
            for peer in self._peers[site]:
                self._reached.pop((site, peer), None)
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

    def _is_news(self, fact: TrunkChanged) -> bool:
        """A trunk's endpoint tells its state at each call; what matters is whether it can be reached."""
        known = self._reached.get((fact.site, fact.peer))
        self._reached[fact.site, fact.peer] = fact.reachable
        return known is not fact.reachable

    async def _check_dialplan(self, site: SiteId) -> None:
        """A nudge into a context that is not there would lose the caller."""
        for context in (ASK_CONTEXT, ASIDE_CONTEXT, CALLBACK_CONTEXT):
            await self._links[site].action("ShowDialPlan", {"Context": context, "Extension": ASK_EXTENSION})


def _peers(configuration: Configuration, site: SiteId) -> frozenset[SiteId]:
    ends = {(trunk.origin, trunk.destination) for trunk in configuration.trunks.values()}
    return frozenset(end for pair in ends if site in pair for end in pair) - {site}
