"""The seeded driver, mostly with what callers key in: who they are, why they call, where to call them back."""

from dataclasses import replace

from cti_router.core.callback import CallbacksRead, StoreCallback
from cti_router.core.certainty import Recognition
from cti_router.core.configuration import Configuration
from cti_router.core.effects import LookUpKeyed
from cti_router.core.heard import CallbackOffer, KeyedIdentity, Treatment
from cti_router.core.identity import Cli, Contributor, Sought
from cti_router.core.inputs import DirectoryReplied, Last
from cti_router.core.instructions import Answer, Collect
from cti_router.core.tickets.ticket import TicketState
from tests.core.board import EMPLOYER_CLI
from tests.core.callback_board import CallbackBoard
from tests.core.interleavings import MOST_CALLS, SITES, TREATED, Interleavings
from tests.core.treated import MENU, treated

SIRET, ACCOUNT = "00000001800010", "000000000018001517"
DUPONT = Contributor(7, "SARL Dupont", "employer", siret=SIRET)
DURAND = Contributor(9, "Dr Durand", "health", siret="00000003400025")
IDENTITY = KeyedIdentity(("who",), ("which",), ("again",))
OFFER = CallbackOffer(5.0, 10.0, ("offer",), ("confirm",), ("other",), ("read-back-1", "{number}"), ("impossible",))

ASKED = Collect(OFFER.ask, 1, OFFER.timeout_s, interruptible=True)

WORDS = {
    18: ("", SIRET, SIRET, ACCOUNT, "12", SIRET[:-1] + "1"),
    10: ("", "0639980123", "0639980124", "0690123456", "0899700123", "17"),
    5: ("", "00010", "00025", "99999"),
    1: ("", "1", "1", "1", "1", "2", "2", "9"),
}
"""What may be keyed in answer to a question for so many digits."""

_patient = {"standard": replace(TREATED[1].plans["standard"], end_after_s=200.0)}
_keying = treated(
    Treatment("keying", menu=MENU, callback=OFFER), TREATED[1], identity=IDENTITY, plans=_patient, version="keying"
)
KEYING: tuple[Configuration, ...] = (
    _keying,
    _keying,
    replace(_keying, version="nobody is asked who he is", identity=None),
    replace(_keying, version="nobody is called back", callback=None),
    TREATED[2],
)


class Keying(Interleavings):
    configurations = KEYING

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.asked: dict[int, int] = {}
        self.recognised: dict[Recognition, int] = {}
        self.noted_by_key = 0
        self._acts = [
            *[self.a_call_arrives] * 5, *[self.a_call_goes_on] * 24, *[self.a_directory_replies] * 6,
            *[self.time_passes] * 5, *[self.the_database] * 6, self.a_choice, *[self.a_phone] * 2,
            self.a_caller_hangs_up, self.a_caller_is_gone, *[self.another_router_takes_over] * 3,
            *[self.a_callback_elsewhere] * 3,
            self.an_answer_is_lost,
            self.a_nudge_is_lost, self.the_same_ask_again, self.an_old_ask, self.a_link_is_cut,
            *[self.a_link_is_back] * 3, self.a_reload, self.an_order, self.an_undoing, self.a_fallback,
            self.an_advisor_is_rung, self.a_leg_goes_on, self.a_callback_is_asked, self.a_callback_is_cancelled,
        ]  # fmt: skip
        self.a_reload()

    def a_call_arrives(self) -> None:
        """Known, unknown, masked, or sharing his number."""
        if len(self.board.switchboard.calls) >= MOST_CALLS:
            return
        self._arrived += 1
        call, e164 = f"c{self._arrived}", self._chance.choice((EMPLOYER_CLI, 33261910102, 33899700123, None))
        cli = Cli("" if e164 is None else f"+{e164}", e164)
        told = self.board.ask(call, Last.ARRIVED, cli=cli, site=self._chance.choice(SITES))
        if e164 is not None:
            self.board.know(call, *self._chance.choice(((), (), (DUPONT,), (DUPONT, DURAND), (DUPONT, DURAND))))
        self._hear(call, told)

    def a_directory_replies(self) -> None:
        """About what was keyed, or much too late."""
        sought = [call for call, of in self.board.switchboard.calls.items() if of.sought is Sought.KEYED]
        call = self._chance.choice(sought) if sought else self._some_call()
        if call:
            found = self._chance.choice(((DUPONT,), (DUPONT,), (), (DUPONT, DURAND)))
            self._give(DirectoryReplied(call, found, failed=self._chance.random() < 0.1, by=Sought.KEYED))

    def a_callback_elsewhere(self) -> None:
        """All goes well: he takes the offer, keys another number, and says that it is right."""
        told, calls = self._told, self.board.switchboard.calls
        offered = [call for call in sorted(told) if call in calls and told[call] == ASKED]
        for keys in ("1", "2", "0639980123", "1") if offered else ():
            if not isinstance(told[offered[0]], Collect) or offered[0] not in calls:
                return
            self._hear(offered[0], self.board.keys(offered[0], keys))
            self._check()

    def another_router_takes_over(self) -> None:
        """This one dies in the middle of a question: the next one knows of none, and he waits on in his place."""
        asked = [call for call in sorted(self._told) if isinstance(self._told[call], Collect)]
        asked = [call for call in asked if call in self.board.switchboard.calls]
        if not asked:
            return
        call = self._chance.choice(asked)
        following = CallbackBoard(self.board.switchboard.configuration)
        following.now = self.board.now
        following.open()
        following.give(CallbacksRead(()))
        ask = self.board.last_ask(call)
        answer = following.give(replace(ask, seq=ask.seq + 1, last=Last.KEYED, keys="1")).answer
        assert isinstance(answer, Answer)
        assert not isinstance(answer.instruction, Collect), answer
        before, after = self.board.call(call).ticket, following.call(call).ticket
        assert abs(after.arrived_at - before.arrived_at) < 0.001  # a ticket tells it to the millisecond
        assert not any(isinstance(effect, LookUpKeyed) for effect in following.effects)
        if any(isinstance(effect, StoreCallback) for effect in following.effects):
            assert after.state is TicketState.LEAVING  # his plan came to its end meanwhile

    def _keys(self, told: Collect) -> str:
        self.asked[told.digits] = self.asked.get(told.digits, 0) + 1
        return self._chance.choice(WORDS[told.digits])

    def _check(self) -> None:
        for effect in self.board.effects:
            if isinstance(effect, StoreCallback) and effect.stored.revision == 1:
                self.noted_by_key += effect.stored.called_from is not None
        super()._check()
        for call in self.board.switchboard.calls.values():
            if (level := call.ticket.recognition) is not None and call.ticket.profile is not None:
                self.recognised[level] = self.recognised.get(level, 0) + 1

    def time_passes(self) -> None:
        """As long as he hears music between two questions."""
        self._wait(self._chance.choice([0.3, 1.0, 3.0, 8.0]))
