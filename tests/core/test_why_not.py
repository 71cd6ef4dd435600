""" "Why not me?": at each choice, what kept one advisor from the call."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cti_router.core.aside import Consult
from cti_router.core.configuration import Configuration, Reach, Selection, Step
from cti_router.core.effects import Decided, StepOutcome
from cti_router.core.explaining.why_not import CHOICES, why_not
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import Input, Last, PbxLost, PhoneState, Presence, Stalled, TrunkChanged
from cti_router.core.instructions import Accepted
from cti_router.core.ledger import ledger_in_english
from cti_router.core.ledger.ledger import Why
from cti_router.core.ledger.ledger_in_french import sentence
from cti_router.core.order import PullTicket
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board, waiting_for_preferred, with_capacity
from tests.core.callback_board import CallbackBoard, calling_back
from tests.core.interleavings import Interleavings


class Asking(Board):
    """Asks of every choice, for every advisor, why not he: as it is taken."""

    def give(self, input_: Input) -> StepOutcome:
        outcome = super().give(input_)
        for effect in outcome.effects:
            if isinstance(effect, Decided):
                assert len(effect.decision.told(ledger_in_english.sentence).because) == len(effect.decision.because)
            if isinstance(effect, Decided) and effect.decision.what in CHOICES:
                call = self.switchboard.calls[effect.call]
                self.why = {
                    advisor: why_not(self.switchboard, effect.decision, call, advisor)
                    for advisor in self.switchboard.configuration.advisors
                }
                self.chose(effect.decision.what)
        return outcome

    def chose(self, what: str) -> None:
        """A choice was taken."""

    def said(self, advisor: str) -> tuple[str, ...]:
        return tuple(sentence(reason) for reason in self.why[advisor])


def standard(**changes: Any) -> Configuration:
    plan = CONFIGURATION.plans["standard"]
    return replace(CONFIGURATION, plans={plan.id: replace(plan, **changes)})


ANYWHERE = standard(steps=(Step(0.0, Reach.ALL),))


def test_who_was_chosen_and_who_was_less_competent() -> None:
    board = Asking().open("rose", "remi")
    board.arrive("c1")
    assert board.said("rose") == ("Rose : c’est à lui que l’appel est proposé",)
    assert board.said("remi") == ("Remi : moins compétent (3 en tout)",)


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (lambda board: None, "pas connecté"),
        (lambda board: board.present("remi", Presence.NOT_READY, "déjeuner"), "absent (déjeuner)"),
        (lambda board: board.present("remi", Presence.NOT_READY, "rona"), "absent (un appel a sonné sans réponse)"),
        (lambda board: (board.present("remi"), board.phone("remi", PhoneState.IN_USE)), "en ligne pour autre chose"),
        (lambda board: (board.present("remi"), board.give(PbxLost("rouen"))), "poste injoignable"),
    ],
    ids=["logged out", "absent", "RONA", "on the phone", "PBX away"],
)
def test_who_was_not_ready(happens: Callable[[Asking], None], said: str) -> None:
    board = Asking(ANYWHERE).open("carl")
    happens(board)
    board.arrive("c1")
    assert board.said("remi") == (f"Remi : {said}",)


def test_who_talks_who_wraps_up_and_who_is_being_rung() -> None:
    board = Asking().open("rose")
    board.arrive("c1")
    board.wait(1)
    board.arrive("c2")
    assert board.said("rose") == ("Rose : déjà sollicité",)
    board.talk("c1", "rose")
    board.ask("c2")
    board.arrive("c3")
    assert board.said("rose") == ("Rose : en communication",)
    board.end_talk("c1", "rose", 5)
    board.arrive("c4")
    assert board.said("rose") == ("Rose : en post-appel",)


def test_who_knows_too_little_whose_site_no_step_opens_and_who_is_called_later() -> None:
    board = Asking(standard(steps=(Step(0.0, Reach.DUTY), Step(10.0, Reach.DUTY, 1)))).open("rose", "carl")
    board.arrive("c1", profile="health")
    assert board.said("rose") == ("Rose : Santé 2, il faut 3",)
    assert board.said("remi") == ("Remi : Santé inconnu, il faut 3", "Remi : pas connecté")
    assert board.said("carl") == ("Carl : aucune étape du plan n’ouvre Caen",)
    board = Asking().open("carl")
    board.arrive("c1")
    assert board.said("carl") == ("Carl : n’est appelé qu’à l’étape 2",)


def test_who_had_no_way_to_the_call_but_not_by_the_call_s_own_line() -> None:
    board = Asking(with_capacity(1)).open("rose", "remi")
    board.arrive("c1")
    assert board.said("remi") == ("Remi : moins compétent (3 en tout)",)
    board.arrive("c2")
    assert board.said("remi") == ("Remi : aucun chemin de Caen à Rouen",)
    board = Asking(ANYWHERE).open("rose", "carl")
    board.give(TrunkChanged("caen", "rouen", reachable=False))
    board.arrive("c1")
    assert board.said("rose") == ("Rose : aucun chemin de Caen à Rouen",)


def test_who_is_free_while_no_line_is_to_call_back_by() -> None:
    class CallingBack(Asking, CallbackBoard):
        """One that calls back."""

    board = CallingBack(calling_back(lines=1)).open("rose", "remi")
    board.noted()
    assert board.said("remi") == ("Remi : moins compétent (3 en tout)",)
    board.noted(EMPLOYER_CLI + 1)
    assert board.said("remi") == ("Remi : aucune ligne libre de Caen pour rappeler",)


def test_who_was_less_idle_more_occupied_or_spared() -> None:
    alike = {id_: replace(who, skills={"employers": 5}) for id_, who in CONFIGURATION.advisors.items()}
    board = Asking(replace(CONFIGURATION, advisors=alike)).open("rose")
    board.wait(120)
    board.present("remi")
    board.arrive("c1")
    assert board.said("remi") == ("Remi : aussi compétent, mais libre depuis moins longtemps (0 s)",)
    board = Asking(standard(selection=Selection.LEAST_OCCUPIED)).open("remi", "rose")
    board.arrive("c1")
    assert board.said("rose") == ("Rose : plus occupé aujourd’hui (0 s)",)
    needs_health = replace(ANYWHERE.plans["standard"], spare_experts=True)
    board = Asking(replace(ANYWHERE, plans={"standard": needs_health})).open("carl", "remi")
    board.arrive("c1")
    assert board.said("carl") == ("Carl : ménagé, il est seul libre à savoir autre chose",)


def test_who_came_after_the_preferred_one_or_could_not_have_a_call_that_awaits_him() -> None:
    board = Asking(waiting_for_preferred(45.0)).open("rose", "remi")
    board.arrive("c0", ties=("remi", None))
    assert board.said("rose") == ("Rose : Remi, chargé du dossier, passe avant",)
    board.talk("c0", "remi")
    board.arrive("c1", ties=("remi", None))
    assert board.said("rose") == ("Rose : l’appel attend Remi, chargé du dossier",)
    assert board.said("remi") == ("Remi : en communication",)


def test_who_got_another_call_at_the_same_instant() -> None:
    board = Asking().open("rose")
    for call in ("old", "young"):
        board.ask(call, Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.give(Stalled(5.0))
    for call in ("old", "young"):
        board.know(call, Contributor(7, "SARL Dupont", "employer"))
        board.ask(call)
    board.wait(2)
    assert board.said("rose") == ("Rose : proposé au même instant à l’appel old, qui passe avant",)


def test_a_supervisor_s_pull_is_the_reason_for_everybody_else() -> None:
    board = Asking().open("carl")
    board.arrive("c1")
    board.ask("c1")
    board.give(PullTicket("c1", "carl", "rappel promis", "helene"))
    assert board.said("carl") == ("Carl : c’est à lui que l’appel est proposé",)
    assert board.said("rose") == ("donné à Carl par helene : rappel promis",)
    assert ledger_in_english.sentence(board.why["rose"][0]) == "given to Carl by helene: rappel promis"


def test_an_advisor_nobody_knows() -> None:
    board = Asking().open("rose")
    board.arrive("c1")
    decided = next(effect for effect in board.effects if isinstance(effect, Decided))
    (said,) = why_not(board.switchboard, decided.decision, board.call("c1"), "nobody")
    assert sentence(said) == "nobody : inconnu de la configuration"


def test_who_is_asked_advice_is_told_of_his_own_ticket() -> None:
    board = Asking().open("remi")
    board.arrive("c1")
    board.talk("c1", "remi")
    assert board.ask_for(Consult("remi", "employers", 5)) == Accepted()
    assert board.said("remi") == ("Remi : Employeurs 3, il faut 4", "Remi : en communication")


def test_whatever_happens_there_is_an_answer_for_everybody_in_both_languages() -> None:
    """After each of a few thousand random acts, reloads, cuts and restarts among them."""
    counts: dict[Why, int] = {}

    class Everybody(Asking, CallbackBoard):
        def chose(self, what: str) -> None:
            for advisor, reasons in self.why.items():
                assert reasons, f"{what}: nothing kept {advisor} from it"
                for reason in reasons:
                    counts[reason.why] = counts.get(reason.why, 0) + 1
                    assert sentence(reason)
                    assert ledger_in_english.sentence(reason)
            chosen = [a for a, reasons in self.why.items() if reasons[0].why is Why.CHOSEN]
            assert len(chosen) == (what in ("offered", "pulled"))

    class Driver(Interleavings):
        board_type = Everybody

    for seed in range(2):
        Driver(seed).run(2500)
    usual = {Why.CHOSEN, Why.LACKS, Why.LATER_STEP, Why.KEPT_BY, Why.NO_PATH, Why.LEFT_TO, Why.PULLED}
    assert usual <= set(counts)
