"""AMI messages as the core's facts. Pure."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from cti_router.asterisk.ami_frames import AmiMessage
from cti_router.asterisk.callback_asks import advisor_not_reached
from cti_router.core.aside import AsideSeen, LegEnded
from cti_router.core.callback import AdvisorNotReached, CallbackSeen
from cti_router.core.configuration import PUBLIC, SiteId
from cti_router.core.inputs import CallerLeft, ChannelSeen, LegSeen, PbxSynced, PhoneChanged, PhoneState, TrunkChanged
from cti_router.numbering import RAW_LIMIT, parse_cli, parse_dnis

STATUS_VARIABLES = (
    "CTI_CALL", "CTI_STATE", "CTI_TICKET", "CTI_OFFER", "CTI_ADVISOR", "CTI_DNIS", "CTI_CODE", "CTI_VERIFIED",
    "CTI_CALLBACK",
    "CTI_ANSWERED_MS", "CTI_EXPERT_TICKET", "CTI_EXPERT_OFFER", "CTI_EXPERT",
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
) -> PhoneChanged | TrunkChanged | CallerLeft | LegEnded | AdvisorNotReached | None:
    """What an event of a site's PBX tells the core, if anything. `peers`: the sites it has trunks with."""
    match event.event:
        case "DeviceStateChange":
            return _device_fact(site, peers, event)
        case "OriginateResponse":
            return advisor_not_reached(event)
        case "Hangup":
            # A call bears the unique id of its caller's channel, the oldest of those linked by it.
            id_, call = (f"{site}-{event.get(name)}" for name in ("Uniqueid", "Linkedid"))
            if id_ == call:
                return CallerLeft(id_, int(event.get("Cause") or 0))
            return LegEnded(id_, call, event.get("Channel"))
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
    callbacks = (_callback(peers, event) for event in listed)
    aside = (_aside(site, peers, carrier, event) for event in listed)
    return PbxSynced(
        site, tuple(channel for channel in seen if channel is not None), phones, trunks, took_s,
        tuple(leg for leg in legs if leg is not None),
        tuple(leg for leg in aside if leg is not None),
        tuple(leg for leg in callbacks if leg is not None),
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
        talked_s=_talked_s(event, variables),
    )


def _aside(site: SiteId, peers: Collection[SiteId], carrier: str, event: AmiMessage) -> AsideSeen | None:
    """An advisor's leg of a call that came in here; None for any other channel."""
    variables = _variables(event)
    call, offer = variables.get("CTI_CALL", ""), variables.get("CTI_OFFER", "")
    if (
        not offer
        or variables.get("CTI_CALLBACK")
        or not call.startswith(f"{site}-")
        or call == f"{site}-{event.get('Uniqueid')}"
    ):
        return None
    return AsideSeen(
        call=call,
        channel=event.get("Channel"),
        state=variables.get("CTI_STATE", ""),
        offer=offer,
        advisor=variables.get("CTI_ADVISOR", ""),
        bridged=bool(event.get("BridgeID")),
        talked_s=_talked_s(event, variables),
        expert_ticket=variables.get("CTI_EXPERT_TICKET", ""),
        expert_offer=variables.get("CTI_EXPERT_OFFER", ""),
        expert=variables.get("CTI_EXPERT", ""),
        via=_peer(peers, carrier, event),
    )


def _talked_s(event: AmiMessage, variables: Mapping[str, str]) -> float:
    """Since the answer, by the PBX's clock: a channel's unique id tells when it was made, `Seconds` how long ago."""
    made, seconds = event.get("Uniqueid").rpartition("-")[2].partition(".")[0], event.get("Seconds")
    answered_ms = variables.get("CTI_ANSWERED_MS", "")
    if not (made.isdecimal() and seconds.isdecimal() and answered_ms.isdecimal()):
        return 0.0
    return max(0.0, int(made) + int(seconds) - int(answered_ms) / 1000)


def _peer(peers: Collection[SiteId], carrier: str, event: AmiMessage) -> SiteId | None:
    """Where the channel's line goes: another site, the public network; None for a phone's."""
    endpoint = event.get("Channel").removeprefix("PJSIP/").rpartition("-")[0]
    if endpoint == carrier != "":
        return PUBLIC
    return endpoint if endpoint in peers else None


def _callback(peers: Collection[SiteId], event: AmiMessage) -> CallbackSeen | None:
    """A leg that was rung for a callback; None for any other channel."""
    variables = _variables(event)
    if not variables.get("CTI_CALLBACK"):
        return None
    endpoint = event.get("Channel").removeprefix("PJSIP/").rpartition("-")[0]
    return CallbackSeen(
        callback=variables.get("CTI_CALL", ""),
        offer=variables.get("CTI_OFFER", ""),
        advisor=variables.get("CTI_ADVISOR", ""),
        channel=event.get("Channel"),
        calling=variables.get("CTI_STATE", "") != "",
        via=endpoint if endpoint in peers else None,
    )


def _leg(site: SiteId, peers: Collection[SiteId], carrier: str, event: AmiMessage) -> LegSeen | None:
    """An outgoing leg on a trunk; None for any other channel."""
    peer = _peer(peers, carrier, event)
    if event.get("Data") != "(Outgoing Line)" or peer is None:
        return None
    return LegSeen(f"{site}-{event.get('Uniqueid')}", peer, _variables(event).get("CTI_CALL", ""))


def _variables(event: AmiMessage) -> dict[str, str]:
    pairs = (line.partition("=") for line in event.all("Variable"))
    return {name: _known(value) for name, _, value in pairs}


def _known(text: str) -> str:
    return "" if text in ("(null)", "<unknown>") else text
