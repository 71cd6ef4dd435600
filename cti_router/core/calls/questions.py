"""Owner of questions: what a caller keyed goes to who asked him."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from cti_router.core.question import Asked, Question
from cti_router.core.serving.call import Call
from cti_router.core.turn import Turn

Keyed: TypeAlias = Callable[[Call, Question, str, Turn], None]
"""Takes what was keyed in answer to a question ("": nothing); may set the call's next question."""


class Questions:
    def __init__(self, askers: Mapping[Asked, Keyed]) -> None:
        self._askers = askers

    def keyed(self, call: Call, keys: str, turn: Turn) -> None:
        """What he keyed. A question of which nobody knows (another router asked it) is over."""
        question, call.question = call.question, None
        if question is not None and (asker := self._askers.get(question.asked)) is not None:
            asker(call, question, keys, turn)
