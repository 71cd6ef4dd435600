"""An AGI request as the core's ask, and the core's answer as channel variables. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence

from cti_router.asterisk.agi import AgiRequest
from cti_router.asterisk.render import ASK_ARGUMENTS
from cti_router.core.aside import Held
from cti_router.core.configuration import SiteId
from cti_router.core.inputs import Ask, Last
from cti_router.core.instructions import Answer, Collect, Dial, Forward, Play, Refuse, Release, TakeMessage, Wait
from cti_router.numbering import RAW_LIMIT, parse_cli, parse_dnis

_LAST: Mapping[str, Last] = {
    "arrived": Last.ARRIVED,
    "waited": Last.WAITED,
    "played": Last.PLAYED,
    "keyed": Last.KEYED,
    "fallback": Last.FALLBACK,
    "held": Last.HELD,
    "left": Last.LEFT,
    "message_taken": Last.MESSAGE_TAKEN,
    "message_none": Last.NO_MESSAGE,
    "forward_ANSWER": Last.FORWARDED,
    "dial_ANSWER": Last.TALKED,
    "dial_CUT": Last.CUT,
    "dial_NOANSWER": Last.NO_ANSWER,
    "dial_BUSY": Last.BUSY,
    "dial_CHANUNAVAIL": Last.NO_WAY,
    "dial_CONGESTION": Last.UNREACHABLE,
    "dial_CANCEL": Last.CANCELLED,
}

_MAX_DIGITS = 15
_MAX_KEYS = 20
_SIP_CALL_ID = re.compile(r"[A-Za-z0-9@._:/+=~-]{1,128}")
"""What the dialplan lets through of it."""


class AskError(Exception):
    """The request is not one of ours: says what is wrong with it."""


def ask_from_request(request: AgiRequest, sites: Collection[SiteId]) -> Ask:
    """The ask of a PBX's dialplan, which must be that of one of `sites`. Raises `AskError`."""
    given = given_by(request, ASK_ARGUMENTS, sites)
    if not given["CALL"]:
        raise AskError("no call id")
    headers = request.headers
    dnis = given["DNIS"]
    number = None if given["CODE"] else parse_dnis(dnis)
    return Ask(
        call=given["CALL"],
        site=given["SITE"],
        channel=headers.get("channel", ""),
        seq=whole(given["SEQ"], "SEQ"),
        last=last_of(given["LAST"]),
        cli=parse_cli(_known(headers.get("callerid", "")), verified=given["VERIFIED"]),
        dnis=dnis[:RAW_LIMIT] if number is None else str(number),
        ticket=given["TICKET"],
        offer=given["OFFER"],
        advisor=given["ADVISOR"],
        code=given["CODE"],
        missed=whole(given["MISSED"] or "0", "MISSED"),
        talked_s=whole(given["TALKED_MS"] or "0", "TALKED_MS") / 1000,
        age_s=float(whole(given["AGE"] or "0", "AGE")),
        ended=request.script == "end",
        sip=sip_call_id(given["SIP"]),
        leg_sip=sip_call_id(given["LEG"]),
        keys=_digits(given["KEYS"]),
        failed=_sounds(given["FAILED"]),
    )


def given_by(request: AgiRequest, names: Sequence[str], sites: Collection[SiteId]) -> dict[str, str]:
    """An ask's arguments by name, from the PBX of one of `sites`. Raises `AskError`."""
    if len(request.arguments) != len(names):
        raise AskError(f"{len(request.arguments)} arguments instead of {len(names)}: render this PBX's files")
    given = dict(zip(names, request.arguments, strict=True))
    if given["SITE"] not in sites:
        raise AskError(f"site {given['SITE'][:40]!r} does not ask from this address")
    return given


def variables_for(answer: Answer, *, watched: bool = False) -> list[tuple[str, str]]:
    """The channel variables of an answer, in the order in which they must be set: the verb last.

    `watched`: the manager link to that PBX is up, and will tell that the caller's channel has ended.
    """
    instruction = answer.instruction
    # Whose leg is dialled bears the ticket, the offer and the name, too: it may stand aside later (leg_asks.py).
    inherited = "_" if isinstance(instruction, Dial) else ""
    found = [(f"{inherited}CTI_TICKET", answer.ticket), ("CTI_SEQ", str(answer.next_seq))]
    match instruction:
        case Wait():
            music = [("CTI_CLASS", instruction.music)] if instruction.music else []
            found += [("CTI_FOR", f"{instruction.for_s:g}"), *music, ("CTI_DO", "wait")]
        case Held():
            found += [("CTI_FOR", f"{instruction.for_s:g}"), ("CTI_DO", "held")]
        case Play():
            found += [("CTI_SOUNDS", "&".join(instruction.sounds)), ("CTI_DO", "play")]
        case Collect():
            found += [
                ("CTI_SOUNDS", "&".join(instruction.sounds)),
                ("CTI_DIGITS", str(instruction.digits)),
                ("CTI_FOR", f"{instruction.timeout_s:g}"),
                ("CTI_DO", "collect"),
            ]
        case Dial():
            found += [
                ("_CTI_OFFER", instruction.offer),
                ("_CTI_ADVISOR", instruction.advisor),
                ("CTI_WHISPER", "&".join(instruction.whisper)),
                *way(instruction),
            ]
        case TakeMessage():
            found += [("CTI_FILE", instruction.file), ("CTI_FOR", f"{instruction.for_s:g}"), ("CTI_DO", "take_message")]
        case Forward():
            found += [
                ("CTI_NUMBER", instruction.number),
                ("CTI_SHOWN", instruction.shows),
                ("CTI_RING", f"{instruction.ring_s:g}"),
                ("CTI_DO", "forward"),
            ]
        case Release():
            found += [("CTI_CAUSE", str(instruction.cause)), ("CTI_WATCHED", str(int(watched))), ("CTI_DO", "release")]
        case Refuse():
            sounds = "&".join(instruction.sounds)
            found += [("CTI_SOUNDS", sounds), ("CTI_CAUSE", str(instruction.cause)), ("CTI_DO", "refuse")]
    return found


def last_of(word: str) -> Last:
    """What CTI_LAST says. An unknown dial status is a failed dial like any other."""
    return _LAST.get(word) or (Last.NOT_FORWARDED if word.startswith("forward_") else Last.UNREACHABLE)


def sip_call_id(text: str) -> str:
    """It is for traces only: what the dialplan would not have let through is "", and costs nobody his call."""
    return text if _SIP_CALL_ID.fullmatch(text) else ""


def _digits(text: str) -> str:
    """Stars and letters (A to D are keys, too) say nothing."""
    return "".join(filter(str.isdecimal, text))[:_MAX_KEYS] if text.isascii() else ""


def _sounds(text: str) -> tuple[str, ...]:
    """Those that could not be played: names that we told this PBX ourselves."""
    return tuple(sound for sound in text.split("&") if sound)


def way(dial: Dial) -> list[tuple[str, str]]:
    """The channel variables that say how to dial, the verb last."""
    ring = ("CTI_RING", f"{dial.ring_s:g}")
    if dial.number:
        return [("CTI_NUMBER", dial.number), ("_CTI_TO", ""), ring, ("CTI_DO", "dial_out")]  # the PBX knows its way
    phone = f"PJSIP/{dial.phone}" if len(dial.path) == 1 else f"PJSIP/{dial.phone}@{dial.path[1]}"
    # Inherited by the dialled channel: the PBX in the middle sends the call on to there.
    to = dial.path[-1] if len(dial.path) > 2 else ""
    return [("CTI_DIAL", phone), ("_CTI_TO", to), ring, ("CTI_DO", "dial")]


def _known(callerid: str) -> str:
    return "" if callerid == "unknown" else callerid


def whole(text: str, name: str) -> int:
    """Raises `AskError`."""
    if not text.isdecimal() or len(text) > _MAX_DIGITS:
        raise AskError(f"{name} is no number: {text[:40]!r}")
    return int(text)
