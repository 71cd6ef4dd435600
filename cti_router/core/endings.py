"""When nobody could answer: a message, a voice message, another number; and what became of it."""

from cti_router.core.call import Call
from cti_router.core.configuration import EndAction, Plan
from cti_router.core.history import Outcome
from cti_router.core.identity import CallId, Instant
from cti_router.core.model import Ask, Forward, Last, TakeMessage

PARTED = frozenset((Last.MESSAGE_TAKEN, Last.NO_MESSAGE, Last.FORWARDED, Last.NOT_FORWARDED))
"""What the dialplan reports of a parting."""

_OUTCOMES = {Last.MESSAGE_TAKEN: Outcome.VOICEMAIL, Last.FORWARDED: Outcome.FORWARDED}


def message_file(call: CallId) -> str:
    """Where a caller's voice message is kept: in the spool directory of his PBX, without the file's ending."""
    return f"cti/{call}"


def part(call: Call, plan: Plan) -> None:
    """His plan has come to its end: what he is told after its sounds."""
    match plan.end_action:
        case EndAction.VOICEMAIL:
            call.parting = TakeMessage(message_file(call.id), plan.end_message_s)
        case EndAction.OTHER_NUMBER if plan.end_number is not None:
            call.parting = Forward(str(plan.end_number), plan.end_ring_s, call.dnis)
            call.regrets = plan.end_regrets
        case _:
            call.parting = None


def parted(call: Call, ask: Ask, now: Instant) -> None:
    """What the dialplan reports of it. Who was not served that way hears the regrets, and is let go."""
    call.parting = None
    call.outcome = _OUTCOMES.get(ask.last, call.outcome or Outcome.UNSERVED)
    if ask.last is Last.MESSAGE_TAKEN:
        call.message = message_file(call.id)
    elif ask.last is Last.FORWARDED:
        call.ticket.answered_by(None, (), now - ask.talked_s)
        call.ticket.talk_ended(now - ask.talked_s, ask.talked_s)
    elif ask.last is Last.NOT_FORWARDED:
        call.saying = call.regrets
