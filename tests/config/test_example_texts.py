"""The texts of the example, read one by one: a calling number proves nothing, so nothing personal is ever said."""

import re

import pytest

from cti_router.config import load
from cti_router.core.heard import VALUE, Prompt
from tests.config.conftest import EXAMPLE

LOADED = load(EXAMPLE, {})
TEXTS = [(id_, language, text) for id_, texts in LOADED.texts.items() for language, text in texts.items()]

PROPER_NAMES = {"Siret"}
STATUS = (
    "impayé", "dette", "majoration", "pénalité", "solde", "retard", "créance", "huissier", "mise en demeure", "euro",
    "€", "radié", "à jour", "en règle", "vous devez", "vous nous devez", "remboursement", "votre dossier", "plusieurs",
    "reconnu par", "unpaid", "debt", "arrears", "overdue", "you owe", "refund", "your file", "several", "penalt",
)  # fmt: skip
HUMAN_TITLES = ("madame", "monsieur", "mademoiselle", "docteur", "maître", "mrs", "mister", "madam", "sir")


def what_it_tells(text: str) -> list[str]:
    """Everything in a text that could be somebody's own: a figure, a name, a placeholder, a word about a file."""
    said = VALUE.sub(" ", text)
    # A capital that begins no sentence begins a name.
    names = [name for name in re.findall(r"(?<=[\w,’;] )[A-ZÀ-Ý]\w*", said) if name not in PROPER_NAMES]
    words = said.casefold()
    titles = [title for title in HUMAN_TITLES if re.search(rf"\b{title}\b", words)]
    return [*re.findall(r"\d+", said), *re.findall(r"[{}]", said), *names, *titles, *(w for w in STATUS if w in words)]


@pytest.mark.parametrize(("prompt", "language", "text"), TEXTS, ids=[f"{id_}-{language}" for id_, language, _ in TEXTS])
def test_no_text_tells_anything_of_anybody(prompt: str, language: str, text: str) -> None:
    assert what_it_tells(text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Bonjour, Lefèvre.", ["Lefèvre"]),
        ("Bonjour, monsieur.", ["monsieur"]),
        ("Votre compte est le 12345.", ["12345"]),
        ("Vous devez cent vingt euros.", ["euro", "vous devez"]),
        ("Vous avez un retard de paiement.", ["retard"]),
        ("Bonjour {name}.", ["{", "}"]),
        ("Nous avons trouvé votre dossier.", ["votre dossier"]),
        ("Your payment is overdue.", ["overdue"]),
    ],
)
def test_a_text_that_tells_something_is_found(text: str, told: list[str]) -> None:
    assert what_it_tells(text) == told


@pytest.mark.parametrize(("prompt", "language", "text"), TEXTS, ids=[f"{id_}-{language}" for id_, language, _ in TEXTS])
def test_every_text_is_written_with_care(prompt: str, language: str, text: str) -> None:
    assert "'" not in text
    assert text.endswith(".")
    assert "  " not in text
    assert set(LOADED.texts[prompt]) == {"fr", "en"}


def test_what_a_profile_hears_first_suits_everybody() -> None:
    """It may be chosen by the calling number, so it must not say that he is one of them."""
    treatments = LOADED.configuration.treatments
    for profile in LOADED.configuration.profiles.values():
        assert profile.treatment is not None
        for prompt in treatments[profile.treatment].welcome:
            text = LOADED.texts[prompt.sounds[0].removeprefix("cti/")]["fr"]
            assert text.startswith("Si vous ") or profile.id == "unknown"


def test_every_number_greets_uninterrupted_and_says_when_it_opens_again() -> None:
    for number in LOADED.configuration.numbers.values():
        assert (number.greeting_sounds, number.greeting_rest) == (("cti/welcome",), ())
        assert "{opening}" in number.closed_sounds


def test_the_example_has_what_callers_are_promised() -> None:
    configuration = LOADED.configuration
    assert [number.dnis for number in configuration.numbers.values() if number.relay] == [33261910009]
    assert configuration.identity is not None
    assert (configuration.identity.tries, configuration.identity.timeout_s) == (2, 10.0)
    for treatment in configuration.treatments.values():
        assert treatment.announcement is not None
        assert treatment.comfort is not None
        assert len(treatment.comfort.prompts) >= 3
        assert treatment.callback is not None
    assert configuration.early_media is False
    assert configuration.prompts["closed_incident"] == Prompt(("cti/closed_incident",))
