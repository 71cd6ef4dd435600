"""What an advisor dials on his phone: `*1` available, `*2` absent, `*3` wrap-up over."""

from cti_router.core.advisors.roster import Roster
from cti_router.core.inputs import Ask, Last
from cti_router.core.instructions import Answer, Play, Refused, Release
from cti_router.core.turn import Turn

_SOUNDS = {"1": "activated", "2": "de-activated", "3": "beep"}
_REFUSED = "beeperr"


def answer_phone_code(ask: Ask, roster: Roster, turn: Turn) -> Answer:
    """Carried out at the first ask and confirmed by a sound; released at the next."""
    if ask.last is not Last.ARRIVED:
        return Answer(Release(), "", ask.seq + 1)
    said = roster.phone_code(ask.site, ask.dnis, ask.code, turn)
    sound = _REFUSED if isinstance(said, Refused) else _SOUNDS[ask.code]
    return Answer(Play((sound,), interruptible=False), "", ask.seq + 1)
