"""Owner of what callers key in to say who they are: asked where their number names nobody, or several.

Nothing is read back. A number that could be one and is nobody's counts as answered, and he goes on as if it were
somebody's: who tries numbers does not hear which of them exist.
"""

from dataclasses import replace

from cti_router.core.calls.settling import Settling, served_since_at
from cti_router.core.configuration import Configuration
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.effects import LookUpKeyed
from cti_router.core.heard import KeyedIdentity
from cti_router.core.identity import Contributor, Sought
from cti_router.core.inputs import DirectoryReplied
from cti_router.core.ledger import ledger
from cti_router.core.question import Asked, Question
from cti_router.core.serving.call import Call
from cti_router.core.serving.waiting import Waiting
from cti_router.core.tickets.keyed_numbers import (
    ACCOUNT_DIGITS,
    SIRET_END,
    is_account,
    is_siret,
    with_siret_ending,
)
from cti_router.core.tickets.recognition import Caller, asked_of, recognise, recognise_keyed
from cti_router.core.tickets.ticket import TicketState
from cti_router.core.turn import Turn

_DIGITS = {Asked.WHO: ACCOUNT_DIGITS, Asked.WHICH: SIRET_END}


class KeyedIdentities:
    def __init__(
        self, configuration: Configuration, waiting: Waiting, settling: Settling, deadlines: Deadlines
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._waiting = waiting
        self._settling = settling
        self._deadlines = deadlines

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration

    def asks(self, call: Call, caller: Caller, contributors: tuple[Contributor, ...], turn: Turn) -> bool:
        """Ask him who he is, if his number does not tell and he may be asked. Was he?"""
        identity = self._configuration.identity
        asked = asked_of(identity, call.number, caller.recognition) if _may_be_asked(call) else None
        if identity is None or asked is None:
            return False
        call.ticket.recognition = caller.recognition
        question = Question(
            asked, _sounds(identity, asked), _DIGITS[asked], identity.timeout_s, tries_left=identity.tries,
            among=contributors,
        )  # fmt: skip
        self._waiting.ask(call, question, turn)
        return True

    def keyed(self, call: Call, question: Question, keys: str, turn: Turn) -> None:
        """What he keyed; nothing, or # alone: he would rather not say."""
        identity = self._configuration.identity
        if identity is None or not keys:
            self._stays(call, question, "nothing", turn)
        elif question.asked is Asked.WHICH:
            if found := with_siret_ending(question.among, keys):
                self._settling.settle(call, recognise_keyed(self._configuration, found), turn)
            else:
                self._wrong(call, question, identity, turn)
        elif is_siret(keys):
            self._look_up(call, LookUpKeyed(call.id, siret=keys), turn)
        elif is_account(keys, checked=identity.account_checked):
            self._look_up(call, LookUpKeyed(call.id, account=keys), turn)
        else:
            self._wrong(call, question, identity, turn)

    def replied(self, call: Call, reply: DirectoryReplied, turn: Turn) -> None:
        """Whose the number is that he keyed."""
        if reply.contributors:
            self._settling.settle(call, recognise_keyed(self._configuration, reply.contributors), turn)
        elif reply.failed:
            self._settle(call, (), turn)
        else:
            call.say_why(ledger.why_keyed("nobody"))
            self._settle(call, (), turn)

    def _wrong(self, call: Call, question: Question, identity: KeyedIdentity, turn: Turn) -> None:
        if question.tries_left <= 1:
            self._stays(call, question, "wrong", turn)
            return
        sounds = identity.again + _sounds(identity, question.asked)
        self._waiting.ask(call, replace(question, sounds=sounds, tries_left=question.tries_left - 1), turn)

    def _look_up(self, call: Call, wanted: LookUpKeyed, turn: Turn) -> None:
        call.sought = Sought.KEYED
        turn.emit(replace(wanted, since_at=served_since_at(self._configuration, turn.now)))
        self._deadlines.set(turn.now + self._configuration.rules.lookup_budget_s, Due.KEYED_LATE, call.id)

    def _stays(self, call: Call, question: Question, why: str, turn: Turn) -> None:
        call.say_why(ledger.why_keyed(why))
        self._settle(call, question.among, turn)

    def _settle(self, call: Call, contributors: tuple[Contributor, ...], turn: Turn) -> None:
        """He is what his number told of him: it is these contributors'."""
        caller = recognise(self._configuration, contributors, masked=call.cli.masked)
        self._settling.settle(call, caller, turn)


def _may_be_asked(call: Call) -> bool:
    """Not who was another router's caller before, nor who is let go."""
    return call.heard.adopted_at is None and call.ticket.state is TicketState.ARRIVED


def _sounds(identity: KeyedIdentity, asked: Asked) -> tuple[str, ...]:
    return identity.ask if asked is Asked.WHO else identity.ask_several
