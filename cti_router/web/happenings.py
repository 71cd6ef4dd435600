"""What happens, as other programs are told it: ids, and no more of anybody than that."""

from dataclasses import dataclass, field
from typing import Any

from cti_router.core.configuration import AdvisorId
from cti_router.core.identity import CallId
from cti_router.web.link.mirror import Event


@dataclass(frozen=True, slots=True)
class Happening:
    """`key`: no other has it, and the same event told again has the same. `number`: the caller's, "" when unknown or
    not to be told. `router_event`: the id of the router's event it comes from, "" for one of the pages.
    """

    kind: str
    key: str
    data: dict[str, Any] = field(default_factory=dict)
    number: str = ""
    router_event: str = ""


def contact_saved(
    call: CallId, advisor: AdvisorId, contributor: int | None, outcome: str, revision: int
) -> Happening:  # fmt: skip
    """Each time it is written down anew; what he wrote is not told."""
    told = {"call": call, "advisor": advisor, "contributor": contributor, "outcome": outcome}
    return Happening("contact_saved", f"contact_saved:{call}:{advisor}:{revision}", told)


def happening(kind: str, data: Event, router_event: str) -> Happening | None:
    """What an event of the router is to other programs; None for what is not for them."""
    match kind:
        case "pop":
            told = {
                name: data[name] for name in ("call", "offer", "advisor", "kind", "contributors", "profile", "motive")
            }
            return Happening("call_offered", f"call_offered:{data['offer']}", told, data["cli"], router_event)
        case "call" if data["talk"] is not None and data["talk"]["state"] == "talking":
            talk = data["talk"]
            told = {"call": talk["call"], "offer": talk["offer"], "advisor": data["advisor"], "kind": talk["kind"]}
            return Happening("call_answered", f"call_answered:{talk['offer']}", told, router_event=router_event)
        case "over":
            told = {name: data[name] for name in ("call", "advisors", "outcome", "contributors")}
            return Happening("call_ended", f"call_ended:{data['call']}", told, router_event=router_event)
        case _:
            return None
