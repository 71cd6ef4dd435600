"""Who watches over the service. Routing does not need to know them."""

from dataclasses import dataclass
from typing import TypeAlias

from cti_router.core.configuration import SiteId

SupervisorId: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Supervisor:
    """Somebody who watches over the service: his site, and the extension of his phone there."""

    id: SupervisorId
    name: str
    site: SiteId
    phone: str
