"""What the pages tell other programs: the address of a CRM's page, and webhooks."""

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo, WithJsonSchema

from cti_router.config.entry import Entry, reading
from cti_router.config.errors import Place
from cti_router.config.fields import wrong
from cti_router.config.secret_source import SecretSource

CRM_FIELDS = ("siret", "e164", "call")

_CRM = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/([!#-;=?-z|~])*")
_HOOK = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-;=?-z|~]*)?")
_HOOK_HERE = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?(/[!-;=?-z|~]*)?")


def _crm_address(text: str) -> str:
    bare = re.sub("|".join(rf"\{{{field}\}}" for field in CRM_FIELDS), "", text)
    if "{" in bare or "}" in bare:
        raise wrong("may hold {siret}, {e164} and {call}, and no other field in braces")
    if bare == text:
        raise wrong("must hold {siret}, {e164} or {call}, else it is the same page for everybody")
    if not _CRM.fullmatch(bare) or "{" in text.split("/", 3)[2]:
        raise wrong(
            "must be an https address with the fields after the host, such as https://crm.example.fr/?s={siret}"
        )
    return text


def _hook_address(text: str) -> str:
    if not _HOOK.fullmatch(text) and not _HOOK_HERE.fullmatch(text):
        raise wrong("must be an https address without spaces; http only at 127.0.0.1, [::1] or localhost")
    return text


CrmAddress: TypeAlias = Annotated[str, AfterValidator(_crm_address), WithJsonSchema({"type": "string"})]
HookAddress: TypeAlias = Annotated[str, AfterValidator(_hook_address), WithJsonSchema({"type": "string"})]
HookEvent: TypeAlias = Literal["call_offered", "call_answered", "call_ended", "contact_saved"]


class Webhook(Entry):
    """A program that is told what happens: signed, again until it answers, for a day at most."""

    url: HookAddress = Field(
        description="Where it takes what it is told; `https`, or `http` on this machine.",
        examples=["https://crm.example.fr/appels"],
    )
    secret: SecretSource = Field(
        description="What it checks the signatures with: `env` or `file`.", examples=["{env: CTI_WEBHOOK_CRM}"]
    )
    events: Annotated[list[HookEvent], Field(min_length=1)] = Field(
        description="What it is told.", examples=["[call_offered, call_ended]"]
    )
    with_number: bool = Field(
        default=False, description="Whether it is told the caller's number too; without it, ids alone."
    )


def webhooks_differ(hooks: list[Webhook], info: ValidationInfo) -> list[Webhook]:
    first: dict[str, Place] = {}
    for hook in hooks:
        if hook.url in first:
            reading(info).report.add(hook.place("url"), f"this address is told things already in {first[hook.url]}")
        first.setdefault(hook.url, hook.place("url"))
    return hooks
