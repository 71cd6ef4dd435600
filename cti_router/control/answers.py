"""What is read from a request, and what is answered."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from cti_router.core.instructions import Accepted, Refused

_LIMIT_DIGITS = 5
_LONGEST_AUTHOR = 100

SOMEBODY = "command"
"""The author of what is asked by nobody who says his name."""


async def object_in(request: HttpRequest, wanted: str) -> dict[str, Any] | Response:
    try:
        body = await request.json()
    except ValueError as error:
        return no(400, f"not JSON: {error}")
    return body if isinstance(body, dict) else no(400, f"not an object with {wanted}")


def author_in(told: Mapping[str, Any]) -> str | Response:
    """Who asks it, for the history; `SOMEBODY` when it is not told."""
    author = told.get("author") or SOMEBODY
    if not isinstance(author, str) or len(author) > _LONGEST_AUTHOR or not author.isprintable():
        return no(400, f"author {str(author)[:40]!r} is no name of at most {_LONGEST_AUTHOR} characters")
    return author


def limit_in(request: HttpRequest) -> int | Response:
    limit = request.query_params.get("limit", "100")
    if not limit.isdecimal() or len(limit) > _LIMIT_DIGITS or not int(limit):
        return no(400, f"limit {limit[:40]!r} is none of 1 to {10**_LIMIT_DIGITS - 1}")
    return int(limit)


def said(answer: Accepted | Refused) -> Response:
    if isinstance(answer, Refused):
        return no(409, answer.why)
    return JSONResponse({"accepted": True, "call": answer.call} if answer.call else {"accepted": True})


def no(code: int, why: str) -> Response:
    return JSONResponse({"accepted": False, "why": why}, status_code=code)
