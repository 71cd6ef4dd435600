"""What callers go through before somebody answers, and how it is told."""

from dataclasses import replace

import pytest

from cti_router.core.aside import Consult, Transfer
from cti_router.core.configuration import ExpectedWaitRules, Rules
from cti_router.core.heard import CallbackOffer, Treatment
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import Last, PhoneState
from cti_router.core.instructions import Accepted, Collect, Dial
from cti_router.feed.journey_in_french import wait_in_words, why_to_him
from cti_router.feed.journeys import MOST_NOTES, NO_JOURNEY
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, with_greeting
from tests.core.callback_board import calling_back
from tests.core.keying import IDENTITY, SIRET
from tests.core.treated import ASKED, FULL, STRIKE, treated, with_number
from tests.feed.travelling import Travelling

OFFER = CallbackOffer(30.0, 60.0, ("offer",), ("confirm",), ("other",), ("read-1", "{number}"), ("impossible",))
DUPONT = Contributor(7, "SARL Dupont", "employer", siret=SIRET)
DURAND = Contributor(9, "Dr Durand", "health", siret="00000003400025")


def test_from_the_greeting_to_the_motive() -> None:
    board = Travelling(treated(ASKED, with_greeting())).open()
    board.arrive("c1")
    board.wait(5)
    assert isinstance(board.told_last(), Collect)
    board.wait(3)
    board.key("1")
    assert board.told() == [
        (0.0, "Appel arrivé à Caen, sur « Urssaf »"),
        (0.0, "Message d’accueil diffusé"),
        (0.0, "Reconnu par son numéro : Employeur"),
        (8.0, "Touche 1 : Échéancier"),
        (8.0, "Aucun téléconseiller compétent n’est libre : attente"),
    ]


@pytest.mark.parametrize(
    ("keys", "told"), [("7", "Touche 7 : aucun motif"), ("", "Motif demandé, aucune touche")]
)  # fmt: skip
def test_who_chooses_no_motive(keys: str, told: str) -> None:
    board = Travelling(treated(ASKED, with_greeting())).open()
    board.arrive("c1")
    board.wait(5)
    board.key(keys)
    board.key(keys)
    assert board.texts().count(told) == 2
    assert "chose" not in "".join(board.texts())


def test_what_was_announced_is_told_as_it_was_said() -> None:
    spoken = replace(
        FULL,
        welcome=(),
        comfort=None,
        announcement=replace(FULL.announcement, first_s=10.0),  # type: ignore[type-var]
    )
    always = ExpectedWaitRules(handling_s=300.0, min_hit_rate=0.0, least_outcomes=0)
    board = Travelling(treated(spoken, rules=Rules(expected_wait=always))).open("rose", "remi")
    for place, advisor in enumerate(("rose", "remi")):
        board.arrive(f"b{place}")
        board.talk(f"b{place}", advisor)
    board.arrive("c1")
    board.ask("c1")
    board.wait(11)
    board.wait(4)
    told = board.told()
    assert [text for at, text in told if at == 10.0] == ["Place annoncée : 1"]
    (wait,) = [text for _, text in told if text.startswith("Attente annoncée")]
    (said,) = [each for _, each in board.sounds("c1") if "minutes-" in each]
    assert wait == f"Attente annoncée : environ {said.rpartition('minutes-')[2]} minutes"


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "moins d’une minute"), (1, "environ une minute"), (60, "plus d’une heure")]
)
def test_short_and_long_waits_have_words_of_their_own(minutes: int, words: str) -> None:
    assert wait_in_words(minutes) == words


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("", "Rappel proposé, sans réponse"),
        ("5", "Rappel proposé, refusé"),
        ("1", "Rappel proposé, accepté"),
    ],
)
def test_a_callback_that_was_offered(keys: str, told: str) -> None:
    board = Travelling(treated(Treatment("t", callback=OFFER), calling_back())).open()
    board.arrive("c1")
    board.ask("c1")
    board.wait(31)
    assert isinstance(board.told_last(), Collect)
    assert "Rappel proposé" in board.texts()  # while it is asked
    board.wait(2)
    board.key(keys)
    assert (33.0, told) in board.told()
    assert "Rappel proposé" not in board.texts()


def test_an_offer_that_an_advisor_cut_short_was_not_heard() -> None:
    board = Travelling(treated(Treatment("t", callback=OFFER), calling_back())).open()
    board.arrive("c1")
    board.ask("c1")
    board.wait(31)
    board.present("rose")
    assert isinstance(board.ask("c1"), Dial)
    assert "Rappel proposé" not in board.texts()


def test_the_information_of_the_day_is_told() -> None:
    board = Travelling(treated(Treatment("t"), information=(STRIKE,))).open()
    board.arrive("c1")
    board.ask("c1")
    board.wait(6)
    assert board.texts().count("Information du jour diffusée") == 1


def test_the_same_ask_again_tells_nothing_twice() -> None:
    board = Travelling(treated(ASKED, with_greeting())).open()
    board.arrive("c1")
    board.ask_again("c1")
    board.wait(5)
    board.ask_again("c1")
    board.key("1")
    before = board.told()
    board.ask_again("c1")
    assert board.told() == before
    assert board.texts().count("Message d’accueil diffusé") == 1


def test_who_keys_his_siret_is_known_by_it_and_the_siret_is_not_kept() -> None:
    board = Travelling(treated(Treatment("t"), with_number(CONFIGURATION), identity=IDENTITY)).open()
    board.arrive("c1", cli="")
    assert isinstance(board.told_last(), Collect)
    board.wait(9)
    board.key(SIRET)
    board.know_keyed("c1", DUPONT)
    assert board.known == [("c1", (7,))]
    assert "SIRET ou numéro de compte saisi" in board.texts()
    assert "Identifié par ce qu’il a saisi, sans preuve : Employeur" in board.texts()
    assert SIRET not in repr(board.journeys.of("c1"))


def test_several_who_share_a_number_are_told_and_then_the_one() -> None:
    board = Travelling(treated(Treatment("t"), identity=IDENTITY)).open()
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.know("c1", DUPONT, DURAND)
    assert board.known == [("c1", (7, 9))]
    board.ask("c1")
    board.key(SIRET[-5:])
    assert board.known == [("c1", (7, 9)), ("c1", (7,))]
    assert "Fin du SIRET saisie" in board.texts()


def test_who_is_nobody_is_not_known() -> None:
    board = Travelling(CONFIGURATION).open()
    board.arrive("c1", profile=None)
    assert board.known == []
    assert "Numéro inconnu : Inconnu" in board.texts()


def test_who_let_it_ring_is_told_and_the_offer_that_is_made_is_why() -> None:
    board = Travelling(CONFIGURATION).open("rose", "remi")
    board.arrive("c1")
    board.ask("c1")
    first = board.call("c1").ticket.offer
    board.phone("rose", PhoneState.RINGING)
    board.wait(15)
    board.ask("c1", Last.NO_ANSWER, offer=first)
    (missed,) = [text for text in board.texts() if text.startswith("Rose")]
    assert missed.startswith("Rose : pas de réponse en 15 s")
    because = why_to_him(board.call("c1"), board.call("c1").ticket)
    assert because[0].startswith("Rouen est de permanence")
    assert because[-2].startswith("Remi : étape 1")
    assert not any(text.startswith("Rose") for text in because)


def test_a_transfer_and_an_advice_are_told_to_who_comes_next() -> None:
    board = Travelling(CONFIGURATION).open("remi")
    board.arrive("c1")
    board.talk("c1", "remi")
    board.wait(60)
    assert board.ask_for(Consult("remi", "employers", 5)) == Accepted()
    board.present("rose")
    call = board.call("c1")
    assert call.consultation is not None
    lines = [each for each in board.texts() if "Remi" in each]
    assert lines[0].startswith("Remi demande")
    assert why_to_him(call, call.consultation)[-3].startswith("Remi demande un avis")


def test_a_transfer_tells_how_long_the_first_talk_was() -> None:
    board = Travelling(CONFIGURATION).open("remi")
    board.arrive("c1")
    board.talk("c1", "remi")
    board.wait(60)
    assert board.ask_for(Transfer("remi", "employers", 5)) == Accepted()
    board.ask("c1", Last.CANCELLED, offer=board.call("c1").ticket.offer, talked_s=60.0)
    assert (0.0, "Répondu par Remi, pendant 1 min") in board.told()
    assert any(text.startswith("Remi transfère") for text in board.texts())


def test_notes_of_a_call_are_bounded_and_gone_with_it() -> None:
    chatty = Treatment("chatty", announcement=replace(FULL.announcement, first_s=5.0, every_s=5.0, expected_wait=()))  # type: ignore[type-var]
    plans = {"standard": replace(CONFIGURATION.plans["standard"], end_after_s=7200.0)}
    board = Travelling(treated(chatty, plans=plans)).open("remi")
    board.arrive("before")
    board.talk("before", "remi")
    board.arrive("c1")
    board.ask("c1")
    board.wait(3600)
    assert len(board.journeys.of("c1").notes) == MOST_NOTES
    board.journeys.forget("c1")
    assert board.journeys.of("c1") is NO_JOURNEY
