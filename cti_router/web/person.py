"""Who sent a request, and whether he may."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request

from cti_router.core.configuration import AdvisorId
from cti_router.web.problems import Problem

SESSION = "session"

NOBODY = "Votre session est terminée : reconnectez-vous, ce que vous avez écrit est gardé."
NOT_HIS_ROLE = "Votre rôle ne le permet pas."
NOT_ITS_SCOPE = "Ce jeton n’a pas la portée « {} »."


class Role(StrEnum):
    ADVISOR = "advisor"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in. `advisor`: whom the configuration knows him as, None when he takes no calls.

    `session`: the id of his session, "" for a program with a token. `scopes`: what a token allows; None: a session,
    which allows what the role does. `language`: "fr" or "en". `csrf`: what his pages send back as `X-CSRF` with all
    that changes something. `phone`: the phone of the day he chose, "" for none.
    """

    login: str
    name: str
    role: Role
    advisor: AdvisorId | None = None
    session: str = ""
    scopes: frozenset[str] | None = None
    language: str = "fr"
    csrf: str = ""
    phone: str = ""


def allowed(*roles: Role, scope: str) -> Callable[[Request], Awaitable[Person]]:
    """A route's dependency: the person, who has one of these roles (none named: any) and, as a program, the scope.

    What has the scope `SESSION` is for people alone: no token opens it.

    Raises `Problem`: 401 for nobody, 403 for somebody else.
    """

    async def person(request: Request) -> Person:
        found = await request.app.state.context.identify(request)
        if found is None:
            raise Problem(401, NOBODY)
        if roles and found.role not in roles:
            raise Problem(403, NOT_HIS_ROLE)
        if found.scopes is not None and (scope == SESSION or scope not in found.scopes):
            raise Problem(403, NOT_ITS_SCOPE.format(scope))
        assert isinstance(found, Person)  # noqa: S101 — so says `Context.identify`
        return found

    person.allows = (roles, scope)  # type: ignore[attr-defined]  # a test walks the routes
    return person
