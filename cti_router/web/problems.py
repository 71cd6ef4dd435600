"""What a person is told when something cannot be done: a status, and a sentence in French."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from cti_router.database.pool import DatabaseAway, RowRefused

SIGN_IN = "/connexion"
DATABASE_AWAY = "La base de données ne répond pas : réessayez dans un instant, rien n’est perdu."
TOO_LONG = "Saisie trop longue : raccourcissez-la, rien n’est perdu."


class Problem(Exception):
    """`why`: what is the matter, and what to do, in French."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def tell_problems(app: FastAPI) -> None:
    """Every problem is answered as `{"why": …}`."""

    @app.exception_handler(Problem)
    async def problem(request: Request, found: Problem) -> Response:
        if found.status == HTTPStatus.UNAUTHORIZED and _opens_a_page(request):
            return RedirectResponse(SIGN_IN, status_code=HTTPStatus.SEE_OTHER)
        return told(found.status, found.why)

    @app.exception_handler(DatabaseAway)
    async def away(_: Request, __: DatabaseAway) -> JSONResponse:
        return told(503, DATABASE_AWAY)

    @app.exception_handler(RowRefused)
    async def refused(_: Request, __: RowRefused) -> JSONResponse:
        return told(422, "La base de données refuse cette saisie : retirez-en les caractères inhabituels.")

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, found: RequestValidationError) -> JSONResponse:
        where = ", ".join(".".join(str(part) for part in error["loc"][1:]) or "la saisie" for error in found.errors())
        return told(422, f"Saisie refusée : vérifiez {where}.")

    @app.exception_handler(HTTPException)
    async def other(_: Request, found: HTTPException) -> JSONResponse:
        known = {
            404: "Cette page n’existe pas.",
            405: "Cela ne se fait pas ici.",
            413: TOO_LONG,
        }
        return told(found.status_code, known.get(found.status_code, str(found.detail)))


def _opens_a_page(request: Request) -> bool:
    """Whether a person waits for a page, not a script for its data."""
    return request.method == "GET" and request.headers.get("accept", "").startswith("text/html")


def told(status: int, why: str) -> JSONResponse:
    """How a problem is answered."""
    return JSONResponse({"why": why}, status_code=status)
