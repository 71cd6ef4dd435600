"""Owner of who calls: what the directory tells of his number, and else of what he keys in."""

from collections.abc import Mapping

from cti_router.core.calls.keyed_identity import KeyedIdentities
from cti_router.core.calls.settling import Settling, served_since_at
from cti_router.core.configuration import Configuration
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.effects import LookUp
from cti_router.core.identity import CallId, Contributor, Sought
from cti_router.core.inputs import DirectoryReplied
from cti_router.core.instructions import TakeMessage
from cti_router.core.ledger import ledger
from cti_router.core.serving.call import Call
from cti_router.core.serving.waiting import Waiting
from cti_router.core.tickets.recognition import recognise
from cti_router.core.tickets.ticket import TicketState
from cti_router.core.turn import Turn


class Identification:
    def __init__(
        self, configuration: Configuration, calls: Mapping[CallId, Call], waiting: Waiting, settling: Settling,
        by_keys: KeyedIdentities, deadlines: Deadlines,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._calls = calls
        self._waiting = waiting
        self._settling = settling
        self._by_keys = by_keys
        self._deadlines = deadlines
        deadlines.lapse(Due.LOOKUP_LATE, self._is_settled)

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration

    def identify(self, call: Call, turn: Turn) -> None:
        """Ask the directory, unless the ticket tells already or there is no number to ask for."""
        if call.ticket.profile in self._configuration.profiles:
            self._waiting.plan(call, call.ticket, turn)  # the ticket carried it
            return
        call.ticket.profile = None  # or it is none any more
        if call.cli.e164 is None:
            self._recognise(call, (), turn)
        else:
            call.sought = Sought.NUMBER
            turn.emit(LookUp(call.id, call.cli.e164, served_since_at(self._configuration, turn.now)))
            self._deadlines.set(turn.now + self._configuration.rules.lookup_budget_s, Due.LOOKUP_LATE, call.id)

    def replied(self, reply: DirectoryReplied, turn: Turn) -> None:
        """The directory's word on a call, if it is still wanted."""
        call = self._calls.get(reply.call)
        if call is None or call.sought is not reply.by:
            return
        if call.ticket.state is not TicketState.ARRIVED and not isinstance(call.parting, TakeMessage):
            return
        call.sought = None
        if reply.failed:
            call.say_why(ledger.DIRECTORY_AWAY)
        if reply.by is Sought.KEYED:
            self._by_keys.replied(call, reply, turn)
        elif reply.failed:
            self._settling.settle(call, recognise(self._configuration, ()), turn)  # what he keys nobody could look up
        else:
            self._recognise(call, reply.contributors, turn)

    def late(self, call_id: CallId, turn: Turn) -> None:
        """The look-up's budget is spent."""
        self.replied(DirectoryReplied(call_id, (), failed=True), turn)

    def _is_settled(self, call_id: CallId) -> bool:
        call = self._calls.get(call_id)
        return call is None or call.sought is not Sought.NUMBER

    def keyed_late(self, call_id: CallId, turn: Turn) -> None:
        """That of the look-up of what he keyed is."""
        self.replied(DirectoryReplied(call_id, (), failed=True, by=Sought.KEYED), turn)

    def _recognise(self, call: Call, contributors: tuple[Contributor, ...], turn: Turn) -> None:
        caller = recognise(self._configuration, contributors, masked=call.cli.masked)
        if not self._by_keys.asks(call, caller, contributors, turn):
            self._settling.settle(call, caller, turn)
