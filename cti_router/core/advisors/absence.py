"""What an absence may be: its reason, and its length."""

from collections.abc import Mapping

from cti_router.core.inputs import Presence, SetPresence
from cti_router.core.instructions import Refused
from cti_router.core.presence import ALWAYS_KNOWN, LONGEST_ABSENCE_S, AbsenceReason, ReasonId


def not_absent_so(request: SetPresence, reasons: Mapping[ReasonId, AbsenceReason]) -> Refused | None:
    """Why his absence cannot be as he says; None when it can."""
    if request.presence is not Presence.NOT_READY:
        if request.for_s is None:
            return None
        return Refused(f"only an absence has a length: leave it out for {request.presence}")
    if request.for_s is not None and not 0 < request.for_s <= LONGEST_ABSENCE_S:
        return Refused(f"an absence lasts at most {LONGEST_ABSENCE_S / 3600:.0f} h, and not {request.for_s:g} s")
    known = {**reasons, **ALWAYS_KNOWN} if reasons else {}
    if known and request.reason and request.reason not in known:
        return Refused(f"unknown reason {request.reason[:40]!r}: choose one of {', '.join(known)}")
    return None
