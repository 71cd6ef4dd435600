"""The ask of a leg that was rung for a callback, and the answer to it; what a PBX tells of such a leg. Pure."""

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from cti_router.asterisk.agi import AgiRequest
from cti_router.asterisk.ami_frames import AmiMessage
from cti_router.asterisk.asks import given_by, whole
from cti_router.asterisk.render import CALLBACK_ASK_ARGUMENTS
from cti_router.core.callback import AdvisorNotReached, CallbackAnswer, CallbackAsk, Heard
from cti_router.core.configuration import SiteId
from cti_router.core.identity import call_of

SCRIPT, SCRIPT_AT_THE_END = "callback", "callback_over"
"""What the dialplan asks for, instead of "ask"; and what from the hang-up handler."""

_HEARD: Mapping[str, Heard] = MappingProxyType(
    {
        "arrived": Heard.ARRIVED,
        "dial_ANSWER": Heard.TALKED,
        "dial_NOANSWER": Heard.NO_ANSWER,
        "dial_BUSY": Heard.BUSY,
        "dial_CHANUNAVAIL": Heard.NO_WAY,
        "dial_CANCEL": Heard.CANCELLED,
    }
)

_REASONS: Mapping[str, Heard] = MappingProxyType(
    {"0": Heard.UNREACHABLE, "1": Heard.NO_ANSWER, "3": Heard.NO_ANSWER, "5": Heard.BUSY, "8": Heard.UNREACHABLE}
)
"""Why nobody answered, as `OriginateResponse` tells: hung up, still ringing, busy, congestion. 0: any other, a
phone that says it is busy among them.
"""


_OFFER = re.compile(r".+-(cb|out)\d+-\d+-\d+")


def callback_ask_from_request(request: AgiRequest, sites: Collection[SiteId]) -> CallbackAsk:
    """The ask of a leg at the PBX of one of `sites`. Raises `AskError`."""
    given = given_by(request, CALLBACK_ASK_ARGUMENTS, sites)
    return CallbackAsk(
        callback=given["CALL"],
        site=given["SITE"],
        channel=request.headers.get("channel", ""),
        heard=_HEARD.get(given["LAST"], Heard.UNREACHABLE),
        offer=given["OFFER"],
        advisor=given["ADVISOR"],
        talked_s=whole(given["TALKED_MS"] or "0", "TALKED_MS") / 1000,
        ended=request.script == SCRIPT_AT_THE_END,
    )


def variables_for_callback(answer: CallbackAnswer) -> list[tuple[str, str]]:
    """The channel variables of an answer, the verb last."""
    out = answer.instruction
    if out is None:
        return [("CTI_DO", "release")]
    return [
        ("CTI_NUMBER", out.number),
        ("CTI_SHOWN", out.shows),
        ("CTI_RING", f"{out.ring_s:g}"),
        ("CTI_DO", "call_out"),
    ]


def advisor_not_reached(event: AmiMessage) -> AdvisorNotReached | None:
    """What `OriginateResponse` tells: nothing, when the advisor answered. The leg's unique id is the offer's."""
    offer = event.get("Uniqueid")
    if event.response != "Failure" or not _OFFER.fullmatch(offer):  # the router lets other things begin as well
        return None
    return AdvisorNotReached(call_of(call_of(offer)), offer, _REASONS.get(event.get("Reason"), Heard.UNREACHABLE))
