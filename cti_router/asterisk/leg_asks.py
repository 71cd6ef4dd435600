"""The ask of an advisor's leg that stands aside from its caller, and the answer to it. Pure."""

from collections.abc import Collection

from cti_router.asterisk.agi import AgiRequest
from cti_router.asterisk.asks import given_by, last_of, way, whole
from cti_router.asterisk.render import LEG_ASK_ARGUMENTS
from cti_router.core.aside import Hold, Take
from cti_router.core.configuration import SiteId
from cti_router.core.inputs import LegAsk
from cti_router.core.instructions import Dial, LegAnswer, Release

SCRIPT = "aside"
"""What the dialplan asks for, instead of "ask"."""


def leg_ask_from_request(request: AgiRequest, sites: Collection[SiteId]) -> LegAsk:
    """The ask of a leg at the PBX of one of `sites`. Raises `AskError`."""
    given = given_by(request, LEG_ASK_ARGUMENTS, sites)
    return LegAsk(
        call=given["CALL"],
        site=given["SITE"],
        channel=request.headers.get("channel", ""),
        seq=whole(given["ASKED"], "ASKED"),
        last=last_of(given["LAST"]),
        offer=given["OFFER"],
        advisor=given["ADVISOR"],
        expert_offer=given["EXPERT_OFFER"],
        talked_s=whole(given["TALKED_MS"] or "0", "TALKED_MS") / 1000,
    )


def variables_for_leg(answer: LegAnswer) -> list[tuple[str, str]]:
    """The channel variables of an answer, the verb last. What the expert's leg is to bear is inherited by it."""
    match answer.instruction:
        case Dial() as dial:
            return [
                ("_CTI_EXPERT_TICKET", answer.expert_ticket),
                ("_CTI_EXPERT_OFFER", dial.offer),
                ("_CTI_EXPERT", dial.advisor),
                *way(dial),
            ]
        case Hold(for_s=for_s):
            return [("CTI_FOR", f"{for_s:g}"), ("CTI_DO", "hold")]
        case Take():
            return [("CTI_DO", "take")]
        case Release():
            return [("CTI_DO", "release")]
