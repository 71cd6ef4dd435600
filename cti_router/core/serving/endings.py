"""Owner of how a plan ends when nobody could answer: a message, a voice message, another number, a callback."""

from cti_router.core.configuration import PUBLIC, EndAction, Plan
from cti_router.core.duty.calendar import Closed
from cti_router.core.effects import Nudge
from cti_router.core.history import Outcome
from cti_router.core.identity import CallId
from cti_router.core.inputs import Ask, Last
from cti_router.core.instructions import Forward, Instruction, Play, Release, TakeMessage, Wait
from cti_router.core.ledger import ledger
from cti_router.core.serving.call import Call
from cti_router.core.turn import Turn
from cti_router.core.ways.trunks import Trunks

PARTED = frozenset((Last.MESSAGE_TAKEN, Last.NO_MESSAGE, Last.FORWARDED, Last.NOT_FORWARDED))
"""What the dialplan reports of a parting."""

NOTING_S = 2.0
"""The longest music between two asks of a caller whose callback is being committed."""

_OUTCOMES = {Last.MESSAGE_TAKEN: Outcome.VOICEMAIL, Last.FORWARDED: Outcome.FORWARDED}


def message_file(call: CallId) -> str:
    """Where a caller's voice message is kept: in the spool directory of his PBX, without the file's ending."""
    return f"cti/{call}"


class Endings:
    """Who is sent on holds one of his PBX's lines to the public network, until he is gone."""

    def __init__(self, trunks: Trunks) -> None:
        self._trunks = trunks

    def begin(self, call: Call, plan: Plan, turn: Turn) -> None:
        """His plan has come to its end: what he is told after its sounds."""
        match plan.end_action:
            case EndAction.VOICEMAIL:
                call.parting = TakeMessage(message_file(call.id), plan.end_message_s)
            case EndAction.OTHER_NUMBER if plan.end_number is not None:
                call.parting = Forward(str(plan.end_number), plan.end_ring_s, call.dnis)
                call.regrets = plan.end_regrets
            case EndAction.CALLBACK:
                if not call.noting:  # else the one he asked for by key is being committed
                    turn.callbacks_wanted += (call.id,)
                call.parting, call.noting, call.regrets = None, True, plan.end_regrets
            case _:
                call.parting = None

    def closed(self, call: Call, closed: Closed) -> tuple[str, ...]:
        """Nobody is on duty: what he is told, and whether he may leave a message after it."""
        number = call.number
        sounds = closed.sounds(number.closed_sounds if number else ())
        if number is None or (offered := number.closed_message) is None:
            return sounds
        call.parting = TakeMessage(message_file(call.id), offered.longest_s)
        return sounds + offered.sounds

    def noted(self, call: Call, sounds: tuple[str, ...] | None, turn: Turn) -> None:
        """His callback is committed, and he hears so by these sounds; None: it is not, and he hears the regrets."""
        call.noting, call.afterwards = False, call.regrets if sounds is None else sounds
        if sounds is not None:
            call.outcome = Outcome.CALLBACK
        if call.id != turn.asking and call.listening and not call.saying:
            turn.emit(Nudge(call.id, call.site, call.channel))

    def told(self, call: Call) -> Instruction:
        """What a caller is told who is not routed any more, and has heard all that he was to hear."""
        if call.noting:
            return Wait(NOTING_S)
        if call.afterwards:
            call.saying, call.afterwards = call.afterwards, ()
            return Play(call.saying, interruptible=False)
        if isinstance(call.parting, Forward) and call.parting is not call.told:
            if not self._trunks.carries(call.site, PUBLIC):
                call.say_why(ledger.NO_LINE_OUT)
                call.parting, call.saying = None, call.regrets
                return Play(call.saying, interruptible=False) if call.saying else Release()
            self._trunks.reserve((call.site, PUBLIC), call.id)
        return call.parting or Release()

    def parted(self, call: Call, ask: Ask, turn: Turn) -> None:
        """What the dialplan reports of it. Who was not served that way hears the regrets, and is let go."""
        self.over(call, turn)
        call.parting = None
        call.outcome = _OUTCOMES.get(ask.last, call.outcome or Outcome.UNSERVED)
        if ask.last is Last.MESSAGE_TAKEN:
            call.message = message_file(call.id)
        elif ask.last is Last.FORWARDED:
            call.ticket.answered_by(None, (), turn.now - ask.talked_s)
            call.ticket.talk_ended(turn.now - ask.talked_s, ask.talked_s)
        elif ask.last is Last.NOT_FORWARDED:
            call.saying = call.regrets

    def over(self, call: Call, turn: Turn) -> None:
        """His line is free again, if he held one."""
        if isinstance(call.parting, Forward):
            turn.way_opened |= self._trunks.free((call.site, PUBLIC), call.id)
