"""What the page may ask for: each body as JSON, nothing beside it."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

HOUR_S = 3600.0

Word: TypeAlias = Annotated[str, StringConstraints(max_length=80)]
Digits: TypeAlias = Annotated[str, StringConstraints(max_length=40)]
CallRef: TypeAlias = Annotated[str, StringConstraints(max_length=200)]


class Wish(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PresenceWish(Wish):
    """`for_s`: an absence that ends by itself."""

    presence: Literal["available", "not_ready", "logged_out"]
    reason: Word = ""
    for_s: Annotated[float, Field(ge=60.0, le=12 * HOUR_S)] | None = None


class WrapUpWish(Wish):
    extend_s: Annotated[float, Field(gt=0.0, le=HOUR_S)]


class SkillWish(Wish):
    """Who is sought: somebody who knows this."""

    skill: Word
    level: Annotated[int, Field(ge=1, le=5)] = 4


class CallbackWish(Wish):
    """Either a call or a number."""

    call: CallRef = ""
    number: Digits = ""
    profile: Word = ""
    not_before_at: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] | None = None


class CallOutWish(Wish):
    number: Digits
    contributor: Annotated[int, Field(ge=1)] | None = None
