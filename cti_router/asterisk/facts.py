"""AMI messages as the core's facts. Pure."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from cti_router.asterisk.ami_frames import AmiMessage
from cti_router.core.configuration import PUBLIC, SiteId
from cti_router.core.inputs import CallerLeft, ChannelSeen, LegSeen, PbxSynced, PhoneChanged, PhoneState, TrunkChanged
from cti_router.numbering import RAW_LIMIT, parse_cli, parse_dnis

STATUS_VARIABLES = (
    "CTI_CALL", "CTI_STATE", "CTI_TICKET", "CTI_OFFER", "CTI_ADVISOR", "CTI_DNIS", "CTI_CODE", "CTI_VERIFIED",
)  # fmt: skip

_PHONE: Mapping[str, PhoneState] = MappingProxyType(
    {
        "NOT_INUSE": PhoneState.FREE,
        "RINGING": PhoneState.RINGING,
        "INUSE": PhoneState.IN_USE,
        "BUSY": PhoneState.IN_USE,
        "RINGINUSE": PhoneState.IN_USE,
        "ONHOLD": PhoneState.IN_USE,
        "UNAVAILABLE": PhoneState.UNREACHABLE,
        "INVALID": PhoneState.UNREACHABLE,
        "UNKNOWN": PhoneState.UNREACHABLE,
    }
)


def fact_from_event(
    site: SiteId, peers: Collection[SiteId], event: AmiMessage
) -> PhoneChanged | TrunkChanged | CallerLeft | None:
    """What an event of a site's PBX tells the core, if anything. `peers`: the sites it has trunks with."""
    match event.event:
        case "DeviceStateChange":
            return _device_fact(site, peers, event)
        case "Hangup":
            # A call bears the unique id of its caller's channel: the end of any other leg is no news.
            return CallerLeft(f"{site}-{event.get('Uniqueid')}", int(event.get("Cause") or 0))
    return None


def sync_from_lists(
    site: SiteId,
    peers: Collection[SiteId],
    carrier: str,
    channels: Iterable[AmiMessage],
    devices: Iterable[AmiMessage],
    took_s: float = 0.0,
) -> PbxSynced:
    """All that is on a PBX, from its answers to `Status` and `DeviceStateList`. `carrier`: its endpoint to the public
    network, "" for none."""
    phones: dict[str, PhoneState] = {}
    trunks: dict[SiteId, bool] = {}
    for device in devices:
        match _device_fact(site, peers, device):
            case PhoneChanged(phone=phone, state=state):
                phones[phone] = state
            case TrunkChanged(peer=peer, reachable=reachable):
                trunks[peer] = reachable
    listed = [event for event in channels if event.event == "Status"]
    seen = (_channel(site, event) for event in listed)
    legs = (_leg(site, peers, carrier, event) for event in listed)
    return PbxSynced(
        site, tuple(channel for channel in seen if channel is not None), phones, trunks, took_s,
        tuple(leg for leg in legs if leg is not None),
    )  # fmt: skip


def _device_fact(site: SiteId, peers: Collection[SiteId], event: AmiMessage) -> PhoneChanged | TrunkChanged | None:
    technology, _, endpoint = event.get("Device").partition("/")
    state = _PHONE.get(event.get("State"))
    if technology != "PJSIP" or state is None:
        return None
    if endpoint in peers:
        return TrunkChanged(site, endpoint, state is not PhoneState.UNREACHABLE)
    return PhoneChanged(site, endpoint, state)


def _channel(site: SiteId, event: AmiMessage) -> ChannelSeen | None:
    """A caller's channel; None for any other leg, an advisor's phone code among them."""
    variables = _variables(event)
    call = variables.get("CTI_CALL", "")
    if not call or call != f"{site}-{event.get('Uniqueid')}" or variables.get("CTI_CODE"):
        return None
    dnis = variables.get("CTI_DNIS", "")
    number = parse_dnis(dnis)
    return ChannelSeen(
        call=call,
        channel=event.get("Channel"),
        state=variables.get("CTI_STATE", ""),
        ticket=variables.get("CTI_TICKET", ""),
        offer=variables.get("CTI_OFFER", ""),
        advisor=variables.get("CTI_ADVISOR", ""),
        cli=parse_cli(_known(event.get("CallerIDNum")), verified=variables.get("CTI_VERIFIED", "")),
        dnis=dnis[:RAW_LIMIT] if number is None else str(number),
        bridged=bool(event.get("BridgeID")),
    )


def _leg(site: SiteId, peers: Collection[SiteId], carrier: str, event: AmiMessage) -> LegSeen | None:
    """An outgoing leg on a trunk; None for any other channel."""
    endpoint = event.get("Channel").removeprefix("PJSIP/").rpartition("-")[0]
    if event.get("Data") != "(Outgoing Line)" or not (endpoint in peers or endpoint == carrier != ""):
        return None
    peer = PUBLIC if endpoint == carrier else endpoint
    return LegSeen(f"{site}-{event.get('Uniqueid')}", peer, _variables(event).get("CTI_CALL", ""))


def _variables(event: AmiMessage) -> dict[str, str]:
    pairs = (line.partition("=") for line in event.all("Variable"))
    return {name: _known(value) for name, _, value in pairs}


def _known(text: str) -> str:
    return "" if text in ("(null)", "<unknown>") else text
