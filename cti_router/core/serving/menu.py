"""The menu: a caller is asked why he calls, before he waits."""

from cti_router.core.configuration import Configuration
from cti_router.core.question import Asked, Question
from cti_router.core.serving.call import Call
from cti_router.core.tickets.plan_choice import treatment_of
from cti_router.core.tickets.ticket import Ticket, TicketKind


def has_menus(configuration: Configuration) -> bool:
    """Is anybody ever asked? Else nobody need look."""
    return any(treatment.menu is not None for treatment in configuration.treatments.values())


def menu_for(configuration: Configuration, call: Call, ticket: Ticket) -> Question | None:
    """What he is to be asked now, once; None for who was asked, whose number tells it, and who cannot key anything."""
    number = call.number
    if call.heard.asked or ticket.kind is not TicketKind.INBOUND or ticket.motive is not None:
        return None
    if number is None or number.relay:
        return None
    treatment = treatment_of(configuration, number, ticket, call.cli)
    if treatment is None or (menu := treatment.menu) is None:
        return None
    return Question(Asked.MOTIVE, menu.ask, 1, menu.timeout_s, tries_left=menu.tries)
