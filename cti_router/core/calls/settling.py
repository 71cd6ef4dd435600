"""Owner of what a caller is known as: it becomes his ticket's, once, and the ticket is planned."""

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import AdvisorId, Configuration, Profile, ProfileId
from cti_router.core.duty.due_dates import bonus_of, due_at
from cti_router.core.identity import Instant
from cti_router.core.ledger import ledger
from cti_router.core.ledger.ledger import Reason
from cti_router.core.serving.call import Call
from cti_router.core.serving.waiting import Waiting
from cti_router.core.tickets.recognition import Caller
from cti_router.core.turn import Turn

DAY_S = 86_400.0


def served_since_at(configuration: Configuration, now: Instant) -> Instant | None:
    """Since when who served a caller last counts; None: not at all."""
    days = configuration.rules.last_advisor_days
    return now - days * DAY_S if days else None


class Settling:
    def __init__(self, configuration: Configuration, waiting: Waiting) -> None:
        self._configuration = configuration
        self._waiting = waiting
        self._whys: dict[tuple[ProfileId, Recognition, Verified], Reason] = {}

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration
        self._whys.clear()

    def settle(self, call: Call, caller: Caller, turn: Turn) -> None:
        """Who calls is not looked for any more: he has a profile from now on, and waits."""
        ticket, profile = call.ticket, caller.profile
        call.sought = None
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
