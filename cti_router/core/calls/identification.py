"""Owner of who calls: what the directory tells of a number becomes the ticket's profile, and the ticket is planned."""

from collections.abc import Mapping

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import AdvisorId, Configuration, Profile, ProfileId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.duty.due_dates import bonus_of, due_at
from cti_router.core.effects import LookUp
from cti_router.core.identity import CallId, Contributor
from cti_router.core.inputs import DirectoryReplied
from cti_router.core.ledger import ledger
from cti_router.core.ledger.ledger import Reason
from cti_router.core.serving.call import Call
from cti_router.core.serving.waiting import Waiting
from cti_router.core.tickets.recognition import recognise
from cti_router.core.tickets.ticket import TicketState
from cti_router.core.turn import Turn

DAY_S = 86_400.0


class Identification:
    def __init__(
        self, configuration: Configuration, calls: Mapping[CallId, Call], waiting: Waiting, deadlines: Deadlines
    ) -> None:
        self._configuration = configuration
        self._calls = calls
        self._waiting = waiting
        self._deadlines = deadlines
        self._whys: dict[tuple[ProfileId, Recognition, Verified], Reason] = {}

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration
        self._whys.clear()

    def identify(self, call: Call, turn: Turn) -> None:
        """Ask the directory, unless the ticket tells already or there is no number to ask for."""
        if call.ticket.profile in self._configuration.profiles:
            self._waiting.plan(call, call.ticket, turn)  # the ticket carried it
            return
        call.ticket.profile = None  # or it is none any more
        if call.cli.e164 is None:
            self._recognise(call, (), turn)
        else:
            days = self._configuration.rules.last_advisor_days
            since_at = turn.now - days * DAY_S if days else None
            turn.emit(LookUp(call.id, call.cli.e164, since_at))
            self._deadlines.set(turn.now + self._configuration.rules.lookup_budget_s, Due.LOOKUP_LATE, call.id)

    def replied(self, reply: DirectoryReplied, turn: Turn) -> None:
        """The directory's word on a call, if it is still wanted."""
        call = self._calls.get(reply.call)
        if call is None or call.ticket.profile is not None or call.ticket.state is not TicketState.ARRIVED:
            return
        if reply.failed:
            call.say_why(ledger.DIRECTORY_AWAY)
        self._recognise(call, reply.contributors, turn)

    def late(self, call_id: CallId, turn: Turn) -> None:
        """The look-up's budget is spent."""
        self.replied(DirectoryReplied(call_id, (), failed=True), turn)

    def _recognise(self, call: Call, contributors: tuple[Contributor, ...], turn: Turn) -> None:
        caller = recognise(self._configuration, contributors, masked=call.cli.masked)
        ticket, profile = call.ticket, caller.profile
        if caller.contributor is not None:
            ticket.contributor = caller.contributor.id
            ticket.in_charge = self._known(caller.contributor.in_charge)
            ticket.last_advisor = self._known(caller.contributor.last_advisor)
        ticket.recognition, ticket.profile = caller.recognition, profile.id
        ticket.bonus_s = profile.bonus_s + call.head_start_s
        call.say_why(self._why_profile(profile, caller.recognition, call.cli.verified))
        if due := due_at(self._configuration, profile.id, ticket.arrived_at):
            ticket.bonus_s += bonus_of(due)
            for each in due:
                call.say_why(ledger.why_due(each))
        self._waiting.plan(call, ticket, turn)

    def _why_profile(self, profile: Profile, recognition: Recognition, verified: Verified) -> Reason:
        """The same for all of whom it is said."""
        said = (profile.id, recognition, verified)
        if (why := self._whys.get(said)) is None:
            why = self._whys[said] = ledger.why_profile(profile, recognition, verified)
        return why

    def _known(self, advisor: AdvisorId | None) -> AdvisorId | None:
        """The directory may name somebody who is no advisor any more."""
        return advisor if advisor in self._configuration.advisors else None
