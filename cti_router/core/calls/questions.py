"""Owner of questions: what a caller keyed goes to who asked him."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from cti_router.core.question import Asked, Question
from cti_router.core.serving.call import Call
from cti_router.core.tickets.ticket import TicketState
from cti_router.core.turn import Turn

Keyed: TypeAlias = Callable[[Call, Question, str, Turn], None]
"""Takes what was keyed in answer to a question ("": nothing); may have the next one asked (`Waiting.ask`)."""

_NOT_SERVED = (TicketState.ARRIVED, TicketState.WAITING)


class Questions:
    """`askers`: who asks what; filled as they are made."""

    def __init__(self, askers: Mapping[Asked, Keyed]) -> None:
        self._askers = askers

    def keyed(self, call: Call, keys: str, turn: Turn) -> None:
        """What he keyed. Nobody is told of a question that nobody knows (another router asked it), nor of one whose
        answer came too late: an advisor was found for him meanwhile, or he is on his way out."""
        question, call.question = call.question, None
        if question is None or call.ticket.state not in _NOT_SERVED:
            return
        if (asker := self._askers.get(question.asked)) is not None:
            asker(call, question, keys, turn)

    @staticmethod
    def cut_short(call: Call) -> None:
        """He asks, and was not asked to the end: one that may be cut short is over, any other comes again."""
        if call.question is not None and call.question.interruptible:
            call.question = None
