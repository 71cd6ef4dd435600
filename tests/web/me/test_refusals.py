"""Whatever the router refuses an advisor, he reads it in French."""

import ast
from itertools import chain
from pathlib import Path

import pytest

from cti_router.control.about_calls import BY_HAND
from cti_router.core.configuration import CallbackRules
from cti_router.core.plans.callback_rules import why_not_called
from cti_router.web.me.refusals import in_french

CORE = Path("cti_router/core")
OF_AN_ADVISOR = [
    "calls/call_requests.py",
    "advisors/roster.py",
    "advisors/absence.py",
    "advisors/phones.py",
    "callbacks/noting.py",
    "callbacks/placing.py",
]
"""Where the requests of his page are answered."""


def refusals() -> list[str]:
    """Each sentence that is refused with there, with a word for each of its values."""
    nodes = list(
        chain.from_iterable(ast.walk(ast.parse((CORE / name).read_text(encoding="utf-8"))) for name in OF_AN_ADVISOR)
    )
    nodes_of_dicts = [node for node in nodes if isinstance(node, ast.Dict)]
    found = [
        sentence(node.args[0])
        for node in nodes
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused" and node.args
    ]
    found += [
        sentence(value)
        for node in nodes_of_dicts
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Attribute) and getattr(key.value, "id", "") == "NoCallback" and key.attr != "NOT_ALLOWED"
    ]
    return [each for each in found if each]


def sentence(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(map(word, values))
    return ""


def word(part: ast.expr) -> str:
    """`{name!r}` is in quotes."""
    if isinstance(part, ast.Constant):
        return str(part.value)
    return "'x'" if isinstance(part, ast.FormattedValue) and part.conversion == ord("r") else "1"


@pytest.mark.parametrize("why", refusals())
def test_each_is_known(why: str) -> None:
    told = in_french(why)
    assert not told.startswith("Le routeur refuse ("), why
    assert told[0].isupper()
    assert told.endswith(".")


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("2026-11-23 14:00 is over", "Ce moment est déjà passé : choisissez-en un autre."),
        ("nobody is called back that far ahead: 2026-11-30 14:00 is the last that “ahead” allows",
         "C’est trop loin : le 30/11/2026 à 14:00 au plus tard."),
        ("nobody is called back at 2026-11-23 22:00: the next time is 2026-11-24 09:00",
         "Le service ne rappelle pas à cette heure-là : au plus tôt le 24/11/2026 à 09:00."),
        ("nobody is called back at 2026-11-23 22:00: no other time is known",
         "Le service ne rappelle pas à cette heure-là."),
        ("call caen-1 does not wait, and nobody talks with its caller: it is ended", "Cet appel est terminé."),
    ],
)  # fmt: skip
def test_when_he_may_be_called_back_is_told_as_people_here_write_it(why: str, told: str) -> None:
    assert in_french(why) == told


NUMBERS = CallbackRules(allow=("33",), refuse=("3389",))


@pytest.mark.parametrize("e164", [112, 33261, 4930123456, 33891234567])
def test_whom_nobody_calls_back_is_told_why(e164: int) -> None:
    why = why_not_called(NUMBERS, e164)
    assert why is not None
    assert not in_french(f"+{e164} {why}").startswith("Le routeur refuse (")


def test_a_desk_phone_is_answered_by_hand() -> None:
    assert in_french(BY_HAND) == "Décrochez votre poste : la page ne peut pas répondre à sa place."


def test_what_is_not_known_is_told_as_it_is() -> None:
    assert in_french("the moon is full") == "Le routeur refuse (the moon is full)."


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("Rose cannot call: he is logged out", "Vous n’êtes pas connecté : choisissez d’abord votre état."),
        ("Rose cannot call: he is talking", "Vous avez déjà un appel."),
        ("Rose cannot call: his phone is in_use", "Votre poste n’est pas libre."),
        ("+15 has 2 digits: it is no subscriber's", "Ce numéro n’est pas complet."),
        ("nobody is called from here: add a “callback” section to the configuration", "Le service n’appelle pas."),
    ],
)
def test_why_nobody_is_called_is_told(why: str, told: str) -> None:
    assert in_french(why) == told


def test_its_values_are_told() -> None:
    told = in_french("nobody else has collections at level 5 or above")
    assert told == "Personne d’autre n’a la compétence « collections » au niveau 5."
