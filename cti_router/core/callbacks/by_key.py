"""Owner of the callback that a waiting caller asks for by key: whether, at which number, and that it is the right one.

He keeps his place all along: whatever he keys, or cannot have, he waits on. Noted it is as any other is (`noting.py`).
"""

from collections.abc import Mapping

from cti_router.core.callbacks.noting import Noting
from cti_router.core.calls.questions import Keyed
from cti_router.core.heard import CallbackOffer
from cti_router.core.plans.callback_rules import NoCallback
from cti_router.core.plans.french_numbers import DIGITS, e164_of_keyed
from cti_router.core.question import Asked, Question
from cti_router.core.serving.call import Call
from cti_router.core.serving.waiting import Waiting
from cti_router.core.turn import Turn

TRIES = 2
"""How often he may key the number at which he wants to be called."""

_ANOTHER_MAY_DO = (NoCallback.HIDDEN, NoCallback.NOT_ALLOWED)
"""Why the number he calls from cannot be called, and another perhaps can."""


class CallbacksByKey:
    def __init__(self, noting: Noting, waiting: Waiting) -> None:
        self._noting = noting
        self._waiting = waiting

    def askers(self) -> Mapping[Asked, Keyed]:
        return {
            Asked.CALLBACK: self._wanted,
            Asked.CALLBACK_NUMBER: self._at_which,
            Asked.OTHER_NUMBER: self._number,
            Asked.RIGHT_NUMBER: self._right,
        }

    def _wanted(self, call: Call, _: Question, keys: str, turn: Turn) -> None:
        """Did he take the offer?"""
        if call.wish is None or keys != (offer := call.wish.offer).key:
            return
        why_not = NoCallback.HIDDEN if call.cli.e164 is None else self._noting.why_not(call.cli.e164, turn.now)
        if why_not in (None, NoCallback.OPEN_ALREADY):
            self._ask(call, Asked.CALLBACK_NUMBER, offer.confirm, 1, turn)
        elif why_not in _ANOTHER_MAY_DO:
            self._ask(call, Asked.OTHER_NUMBER, offer.other, DIGITS, turn)
        else:
            self._noting.refuse(call, why_not, turn)

    def _at_which(self, call: Call, _: Question, keys: str, turn: Turn) -> None:
        """The same key again: at the number he calls from; any other: at another. Nothing: not after all."""
        if call.wish is None or not keys:
            return
        offer = call.wish.offer
        if keys == offer.key and call.cli.e164 is not None:
            self._noting.note_by_key(call, call.cli.e164, turn)
        else:
            self._ask(call, Asked.OTHER_NUMBER, offer.other, DIGITS, turn)

    def _number(self, call: Call, question: Question, keys: str, turn: Turn) -> None:
        """At which one. One that is never called back may be keyed better once."""
        if call.wish is None or not keys:
            return
        offer, number = call.wish.offer, e164_of_keyed(keys)
        if number is None or self._noting.why_not(number, turn.now) is NoCallback.NOT_ALLOWED:
            self._once_more(call, question, offer, offer.impossible, turn)
            return
        call.wish.number = keys
        self._ask(call, Asked.RIGHT_NUMBER, offer.read_back, 1, turn, question.tries_left)

    def _right(self, call: Call, question: Question, keys: str, turn: Turn) -> None:
        """Was it read back as he meant it? Nothing: he did not say so, and nobody is called."""
        if call.wish is None or not keys or (number := e164_of_keyed(call.wish.number)) is None:
            return
        if keys == (offer := call.wish.offer).key:
            self._noting.note_by_key(call, number, turn)
        else:
            self._once_more(call, question, offer, (), turn)

    def _once_more(
        self, call: Call, question: Question, offer: CallbackOffer, regrets: tuple[str, ...], turn: Turn
    ) -> None:  # fmt: skip
        if question.tries_left > 1:
            self._ask(call, Asked.OTHER_NUMBER, regrets + offer.other, DIGITS, turn, question.tries_left - 1)
        else:
            self._noting.refuse(call, NoCallback.NOT_ALLOWED, turn)

    def _ask(
        self, call: Call, asked: Asked, sounds: tuple[str, ...], digits: int, turn: Turn, tries_left: int = TRIES
    ) -> None:  # fmt: skip
        if call.wish is not None:
            timeout_s = call.wish.offer.timeout_s
            self._waiting.ask(call, Question(asked, sounds, digits, timeout_s, tries_left=tries_left), turn)
