"""What every room of the pages needs: built once, by whoever runs the application."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from cti_router.config import Loaded
from cti_router.core.identity import Instant
from cti_router.database.pool import Pool
from cti_router.web.happenings import Happening
from cti_router.web.link.control import Control
from cti_router.web.link.mirror import Mirror
from cti_router.web.link.tabs import Tabs
from cti_router.web.person import Person
from cti_router.web.static import DIGEST

Clock: TypeAlias = Callable[[], Instant]


@dataclass(frozen=True, slots=True)
class Context:
    """`identify`: who sent a request, None for nobody. `now` is the true time: a demo's router may live in another, and
    says so in its events. `happened`: what happens here is told to other programs.
    """

    loaded: Loaded
    pool: Pool
    control: Control
    tabs: Tabs
    identify: Callable[[Request], Awaitable[Person | None]]
    now: Clock
    happened: Callable[[Happening], None]

    @property
    def router_now(self) -> Instant:
        """The router's time, as far as it is known."""
        return self.now() if self.tabs.mirror.state is None else self.tabs.mirror.now


def context(
    loaded: Loaded, pool: Pool, control: Control, identify: Callable[[Request], Awaitable[Person | None]], now: Clock,
    happened: Callable[[Happening], None] = lambda _: None,
) -> Context:  # fmt: skip
    """One whose tabs are not run yet."""
    tabs = Tabs(Mirror(control), boot=token_hex(4), version=DIGEST)
    return Context(loaded, pool, control, tabs, identify, now, happened)


def context_of(request: Request) -> Context:
    found = request.app.state.context
    assert isinstance(found, Context)  # noqa: S101 — `application` put it there
    return found


Here: TypeAlias = Annotated[Context, Depends(context_of)]
"""A route's parameter: `here: Here`."""
