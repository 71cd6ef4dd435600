"""An advisor's requests, passed on to the router in his name; and what he follows."""

from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from cti_router.core.configuration import AdvisorId
from cti_router.web.context import Here
from cti_router.web.link.control import Control
from cti_router.web.me.refusals import told
from cti_router.web.me.wishes import CallbackWish, CallOutWish, PresenceWish, SkillWish, WrapUpWish
from cti_router.web.person import Person, Role, allowed
from cti_router.web.problems import Problem

Answer: TypeAlias = dict[str, Any]

_PRESENCES = {"available": "available", "not_ready": "absent", "logged_out": "logged_out"}
"""The pages' words, and the control socket's."""

Follower: TypeAlias = Annotated[Person, Depends(allowed(Role.ADVISOR, Role.SUPERVISOR, scope="follow"))]
_advisor = allowed(Role.ADVISOR, Role.SUPERVISOR, scope="calls")


class AboutMyCall(StrEnum):
    HOLD = "hold"
    RETRIEVE = "retrieve"
    HANGUP = "hangup"
    ANSWER = "answer"
    CONNECT = "connect"
    CANCEL = "cancel"


class Me:
    """The advisor who asks, and the router he asks: everything goes in his name."""

    def __init__(self, here: Here, person: Annotated[Person, Depends(_advisor)]) -> None:
        if person.advisor is None:
            raise Problem(403, "Ce compte n’est pas celui d’un téléconseiller.")
        self.advisor: AdvisorId = person.advisor
        self._author = person.login
        self._control: Control = here.control

    async def ask(self, path: str, **body: Any) -> Answer:
        """Raises `Problem`, in French."""
        try:
            answer = await self._control.request(
                "POST", path, json={"advisor": self.advisor, "author": self._author, **body}
            )
        except Problem as problem:
            raise told(problem) from None
        return dict(answer)


Mine: TypeAlias = Annotated[Me, Depends()]


def me_routes() -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["me"])

    @routes.get("/events", response_class=StreamingResponse)
    async def events(request: Request, here: Here, person: Follower, tab: str = "") -> StreamingResponse:
        """Server-sent events: what docs/pages.md lists."""

        async def is_signed_in() -> bool:
            return await here.identify(request) is not None

        frames = here.tabs.follow(person, tab[:40], request.headers.get("last-event-id", ""), is_signed_in)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(frames, media_type="text/event-stream", headers=headers)

    @routes.post("/me/presence")
    async def presence(me: Mine, wish: PresenceWish) -> Answer:
        body = {"presence": _PRESENCES[wish.presence], "reason": wish.reason, "for_s": wish.for_s}
        return await me.ask("/presence", **body)

    @routes.post("/me/wrap-up")
    async def extend_wrap_up(me: Mine, wish: WrapUpWish) -> Answer:
        return await me.ask("/wrap-up", extend_s=wish.extend_s)

    @routes.delete("/me/wrap-up")
    async def end_wrap_up(me: Mine) -> Answer:
        return await me.ask("/presence", presence="wrap_up_over")

    @routes.post("/me/call/transfer")
    async def transfer(me: Mine, wish: SkillWish) -> Answer:
        return await me.ask("/call/transfer", skill=wish.skill, level=wish.level)

    @routes.post("/me/call/consult")
    async def consult(me: Mine, wish: SkillWish) -> Answer:
        return await me.ask("/call/consult", skill=wish.skill, level=wish.level)

    @routes.post("/me/call/{what}")
    async def about_my_call(me: Mine, what: AboutMyCall) -> Answer:
        return await me.ask(f"/call/{what}")

    @routes.post("/me/callbacks")
    async def callback(me: Mine, wish: CallbackWish) -> Answer:
        if bool(wish.call) == bool(wish.number):
            raise Problem(422, "Dites soit l’appel, soit le numéro à rappeler.")
        body = {key: value for key, value in wish.model_dump().items() if value not in ("", None)}
        return await me.ask("/callbacks", **body)

    @routes.post("/me/call-out")
    async def call_out(me: Mine, wish: CallOutWish) -> Answer:
        return await me.ask("/call-out", number=wish.number, contributor=wish.contributor)

    return routes
