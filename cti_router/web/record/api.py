"""Files and what is written into them: for those who sign in, each view written down."""

from typing import Annotated, Any, TypeAlias
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cti_router.web.context import Here
from cti_router.web.happenings import contact_saved
from cti_router.web.person import Person, Role, allowed
from cti_router.web.problems import Problem
from cti_router.web.record.contacts import Contact, Contacts, Result, Work
from cti_router.web.record.files import Files, How
from cti_router.web.record.record import Record

NOTE_AT_MOST = 20_000
_AHEAD_AT_MOST_S = 366 * 86400.0
_LARGEST = 2**63 - 1

Reader: TypeAlias = Annotated[Person, Depends(allowed(Role.ADVISOR, Role.SUPERVISOR, scope="files"))]
Writer: TypeAlias = Annotated[Person, Depends(allowed(Role.ADVISOR, Role.SUPERVISOR, scope="contacts"))]
FileId: TypeAlias = Annotated[int, Path(ge=1, le=_LARGEST)]
CallId: TypeAlias = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
OfCall: TypeAlias = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
Text: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
Answer: TypeAlias = dict[str, Any]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Question(Body):
    """A SIRET, an account, a telephone number, or words of a name."""

    q: Annotated[str, StringConstraints(max_length=200)]


class ContactBody(Body):
    """`revision`: the one it was written over, when that matters."""

    note: Text = ""
    motive: Annotated[Text, Field(max_length=80)] | None = None
    outcome: Annotated[Result, Field(strict=False)]
    due_at: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] | None = None
    contributor: Annotated[int, Field(ge=1, le=_LARGEST)] | None = None
    revision: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class DoneBody(Body):
    note: Annotated[Text, Field(max_length=2000)] = ""


def record_routes(files: Files) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["files"])

    @routes.post("/contributors/search")
    async def search(here: Here, person: Reader, body: Question) -> list[Answer]:
        """Twenty at most, each by what tells it from the others."""
        try:
            found = await files.search(body.q)
        except ValueError as error:
            raise Problem(422, str(error)) from None
        await files.seen([each["id"] for each in found], person, None, How.SEARCH)
        return found

    @routes.get("/contributors/{contributor}")
    async def contributor(here: Here, person: Reader, contributor: FileId, call: OfCall = "") -> Answer:
        """`crm_url`: another program's page of him, null where none is configured."""
        found = await _shown(files, here, person, contributor, call)
        return {**found.as_plain(), "crm_url": files.crm_address(found, call, _cli(here, person, call))}

    @routes.put("/calls/{call}/contact")
    async def write(here: Here, person: Writer, call: CallId, body: ContactBody) -> Answer:
        """What an advisor writes down of a call; again, and it is changed."""
        written = _contact(here, person, call, body)
        contacts = Contacts(here.pool)
        revision = await contacts.write(written, body.revision, here.router_now)
        if revision is None:
            there = await contacts.read(call, written.advisor)
            raise Stale(there)
        here.tabs.tell("work", {})
        here.happened(contact_saved(call, written.advisor, written.contributor, written.result, revision))
        return {"revision": revision}

    @routes.get("/work")
    async def work(here: Here, person: Reader, site: Annotated[str, Query(max_length=80)] = "") -> list[Answer]:
        """What is to be done, of a site or (none named) of all; the first due first."""
        if site and site not in here.loaded.configuration.sites:
            raise Problem(404, "Ce site n’existe pas.")
        return await Contacts(here.pool).work(site or None, here.router_now)

    @routes.post("/work/{kind}/{id}/done")
    async def done(here: Here, person: Writer, kind: Work, id: CallId, body: DoneBody) -> Answer:
        contacts, now = Contacts(here.pool), here.router_now
        match kind:
            case Work.FOLLOW_UP:
                was_there = await contacts.followed_up(id, person.login, body.note, now)
            case Work.CALLBACK:
                was_there = await contacts.called_back(id, person.login, body.note, now)
            case Work.MESSAGE:
                sent = {"author": person.login, "note": body.note}
                await here.control.request("POST", f"/messages/{quote(id, safe='')}/done", json=sent)
                was_there = True
        if not was_there:
            raise Problem(404, "Ce n’est plus à faire : quelqu’un s’en est déjà occupé.")
        here.tabs.tell("work", {})
        return {"done": True}

    @routes.get("/work/message/{id}/sound", response_class=Response)
    async def sound(here: Here, person: Reader, id: CallId) -> Response:
        """A voice message, as WAV."""
        contributor = await Contacts(here.pool).whose_message(id)
        wav = await here.control.fetched(f"/messages/{quote(id, safe='')}/sound")
        if contributor is not None:
            await files.seen([contributor], person, id, How.MESSAGE)
        return Response(wav, media_type="audio/wav", headers={"cache-control": "no-store"})

    return routes


def file_pages(files: Files) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/fiche/{contributor}")
    async def record(here: Here, person: Reader, contributor: FileId, call: OfCall = "") -> HTMLResponse:
        """The record as a part of the page."""
        found = await _shown(files, here, person, contributor, call)
        return HTMLResponse(files.page(found, person, here.router_now, call, _cli(here, person, call)))

    return routes


class Stale(Problem):
    """Somebody wrote there meanwhile: `there` is what he wrote."""

    def __init__(self, there: Any) -> None:
        written = f" : « {str(there['note'])[:200]} »" if there is not None else ""
        super().__init__(409, f"Cette note a été changée ailleurs entre-temps{written}. La vôtre est gardée ici.")


async def _shown(files: Files, here: Here, person: Person, contributor: int, call: str) -> Record:
    """A file about to be seen: that is written down first."""
    found = await files.read(contributor, here.router_now)
    if found is None:
        raise Problem(404, "Ce dossier n’existe pas ou n’existe plus.")
    await files.seen([contributor], person, call or None, How.PAGE)
    return found


def _cli(here: Here, person: Person, call: str) -> str:
    """The number of who calls, where it is the call he has; "" else."""
    pop = here.tabs.mirror.pops.get(person.advisor or "")
    return str(pop["cli"]) if pop is not None and call and pop["call"] == call else ""


def _contact(here: Here, person: Person, call: str, body: ContactBody) -> Contact:
    """Raises `Problem` for what makes no sense."""
    configuration = here.loaded.configuration
    who = configuration.advisors.get(person.advisor or "")
    if who is None:
        raise Problem(403, "Ce compte n’est pas celui d’un téléconseiller.")
    if len(body.note) > NOTE_AT_MOST:
        raise Problem(
            413,
            f"La note compte {len(body.note)} caractères, {NOTE_AT_MOST} au plus : raccourcissez-la, rien n’est perdu.",
        )
    if body.motive is not None and body.motive not in configuration.motives:
        raise Problem(422, "Ce motif n’existe pas : choisissez-en un de la liste.")
    if body.outcome is Result.FOLLOW_UP and body.due_at is None:
        raise Problem(422, "Dites jusqu’à quand c’est à suivre.")
    if body.due_at is not None and body.due_at > here.router_now + _AHEAD_AT_MOST_S:
        raise Problem(422, "Choisissez une échéance d’ici un an.")
    due_at = body.due_at if body.outcome is Result.FOLLOW_UP else None
    return Contact(call, who.id, body.contributor, body.motive, body.outcome, body.note, due_at, who.site)
