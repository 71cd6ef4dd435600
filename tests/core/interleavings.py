"""A seeded driver: callers, advisors, PBXs and administrators do what they like, in any order, as often as is wanted.

What must hold between two inputs is that of the state machine beside it (`test_invariants.py`), and here more: every
call ends in exactly one outcome, a caller's place never changes, and what an advisor chose is never lost.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random

from hypothesis.stateful import INVARIANT_MARKER

from cti_router.core.aside import Held
from cti_router.core.configuration import Configuration
from cti_router.core.effects import Decided, Remember, StepOutcome
from cti_router.core.history import Outcome
from cti_router.core.identity import TicketId, call_of
from cti_router.core.inputs import (
    AnswerUndelivered,
    CallerLeft,
    ChannelSeen,
    Configure,
    EndWrapUp,
    ExtendWrapUp,
    Input,
    Last,
    LegSeen,
    NudgeFailed,
    PbxLost,
    PbxSynced,
    PhoneState,
    Presence,
    Restore,
    SetPresence,
    Stalled,
    StoredPresence,
    Tick,
    TrunkChanged,
)
from cti_router.core.instructions import Accepted, Collect, Dial, Instruction, Play, Refuse, Release
from cti_router.core.matching.queues import Place
from cti_router.core.order import (
    Close,
    Force,
    GiveOrder,
    Notice,
    Order,
    OrderState,
    OrderTaken,
    PullTicket,
    RememberOrder,
    Swap,
    UndoOrder,
)
from tests.core.aside_acts import AsideActs
from tests.core.board import waiting_for_preferred
from tests.core.callback_acts import CallbackActs
from tests.core.callback_board import RULES, CallbackBoard, calling_back
from tests.core.test_invariants import Switchboards
from tests.core.treated import EVERYTHING, FULL, STRIKE, treated, with_number

MOST_CALLS = 12
SITES = ("caen", "rouen")
KEYS = ("", "1", "1", "1", "2", "9", "0261910102")
DIAL_ENDS = (Last.TALKED, Last.TALKED, Last.NO_ANSWER, Last.BUSY, Last.UNREACHABLE, Last.NO_WAY, Last.CANCELLED)
INVARIANTS = [check for name, check in vars(Switchboards).items() if hasattr(check, INVARIANT_MARKER)]

_RULES = replace(RULES, attempts=2, retry_after_s=(20.0, 60.0), keep_for_s=900.0, per_day=10_000, at_most=4)
CONFIGURATION = calling_back(_RULES)
_without_remi = replace(CONFIGURATION, advisors={k: v for k, v in CONFIGURATION.advisors.items() if k != "remi"})
_one_line = replace(CONFIGURATION, trunks={k: replace(v, capacity=1) for k, v in CONFIGURATION.trunks.items()})
_two_ports = replace(CONFIGURATION, sites={k: replace(v, voice_ports=2) for k, v in CONFIGURATION.sites.items()})
_greeted = with_number(CONFIGURATION, greeting_sounds=("hello",), greeting_rest=STRIKE.prompts)
TREATED: tuple[Configuration, ...] = (
    treated(FULL, CONFIGURATION, version="treated", whisper=True),
    treated(EVERYTHING, _greeted, version="treated to everything", information=(STRIKE,)),
    treated(EVERYTHING, with_number(_without_remi, relay=True), version="relay"),
)
CONFIGURATIONS: tuple[Configuration, ...] = (
    CONFIGURATION,
    replace(_without_remi, version="without remi"),
    replace(_one_line, version="one line"),
    replace(_two_ports, version="two ports"),
    replace(waiting_for_preferred(45.0, CONFIGURATION), version="patient"),
    replace(waiting_for_preferred(45.0, CONFIGURATION), version="patient, one line", trunks=_one_line.trunks),
    replace(calling_back(_RULES, lines=1), version="one line out"),
    *TREATED,
    replace(calling_back(rules=None), version="no callbacks"),
)


class Interleavings(AsideActs, CallbackActs):
    """`board` is what the invariants look at."""

    board_type: type[CallbackBoard] = CallbackBoard
    configurations = CONFIGURATIONS

    def __init__(self, seed: int) -> None:
        self.board = self.board_type()
        self.counts: dict[str, int] = {}
        self.outcomes: dict[Outcome, int] = {}
        self.awaits = 0
        self.served: dict[str, int] = {}
        self._chance = Random(seed)
        self._told: dict[str, Instruction] = {}
        self._comforts: dict[str, tuple[str, ...]] = {}
        self.played: dict[str, int] = {}
        self._places: dict[TicketId, Place] = {}
        self._arrivals: dict[str, float] = {}
        self._chosen: dict[str, Presence] = {}
        self._until: dict[str, float] = {}
        self._ended: dict[str, Outcome] = {}
        self._arrived = 0
        self._ordered: dict[str, Order] = {}
        self.nobody_is_called_back_yet()
        self._acts: list[Callable[[], None]] = [
            *[self.a_call_arrives] * 4, *[self.a_call_goes_on] * 8, *[self.time_passes] * 3, *[self.a_choice] * 3,
            *[self.a_phone] * 3, self.a_wrap_up_ends, self.a_caller_hangs_up, self.a_caller_is_gone, self.late_news,
            self.an_answer_is_lost, self.a_nudge_is_lost, self.the_same_ask_again, self.an_old_ask, self.a_link_is_cut,
            self.a_link_is_back, self.a_trunk, self.a_standstill, self.a_reload, self.a_restart, self.a_fallback,
            self.a_strange_number, *[self.an_order] * 2, self.an_undoing, *[self.a_pull] * 2,
            *self.acts_of_callbacks(), *dict.fromkeys(self.acts_aside()),
        ]  # fmt: skip
        self.board.open("rose", "carl")
        self._chosen = {"rose": Presence.AVAILABLE, "carl": Presence.AVAILABLE}

    def run(self, steps: int) -> None:
        """That many acts, each of one or more inputs; what must hold is looked at after each."""
        for _ in range(steps):
            act = self._chance.choice(self._acts)
            act()
            self.counts[act.__name__] = self.counts.get(act.__name__, 0) + 1
            self._check()

    # what must hold

    def _check(self) -> None:
        for invariant in INVARIANTS:
            invariant(self)
        switchboard = self.board.switchboard
        for effect in self.board.effects:
            self.awaits += isinstance(effect, Decided) and effect.decision.what == "awaits"
            if isinstance(effect, Remember) and effect.record.outcome is not None:
                # One who fell silent, and was there after all, has his row written over when he does end.
                before = self._ended.get(effect.record.id, Outcome.ENDED_UNSEEN)
                assert before is Outcome.ENDED_UNSEEN, f"{effect.record.id} ended twice"
                self._ended[effect.record.id] = effect.record.outcome
                self.outcomes[effect.record.outcome] = self.outcomes.get(effect.record.outcome, 0) + 1
                assert effect.record.id not in switchboard.calls
                for each in effect.record.tickets:
                    self.served[each.kind] = self.served.get(each.kind, 0) + bool(each.served_s)
            if isinstance(effect, RememberOrder):
                kept = self._ordered.get(effect.order.id)
                assert kept is None or not kept.is_over, f"{effect.order.id} is over, and moved"
                self._ordered[effect.order.id] = effect.order
        self._check_callbacks()
        now = self.board.now
        self.board.effects.clear()
        self._check_orders()
        for call in switchboard.calls.values():
            for ticket in call.live_tickets():
                assert ticket.arrived_at == self._arrivals.setdefault(call.id, ticket.arrived_at), "an age is lost"
            place = call.ticket.place
            if call.ticket.profile is not None:
                assert self._places.setdefault(call.ticket.id, place)[0] == place[0], f"{call.ticket.id} lost its place"
        for advisor, until in list(self._until.items()):
            if until <= now:
                self._chosen[advisor] = Presence.AVAILABLE
                del self._until[advisor]
        for advisor, chosen in self._chosen.items():
            state = switchboard.roster.states.get(advisor)
            if state is not None and "rona" not in (state.reason, state.stored().reason):
                own = state.stored().presence
                assert own is chosen, f"{advisor} chose {chosen} and is {own}"

    def _check_orders(self) -> None:
        """What is known of orders is what was written through, and each holds as long as it is in force."""
        switchboard, now = self.board.switchboard, self.board.now
        known = {order.id: order for order in switchboard.orders.known()}
        for order in self._ordered.values():
            assert known.get(order.id, order) == order, f"{order.id} is not what was kept of it"
            assert order.is_over or order.id in known, f"{order.id} is forgotten before its end"
            if not order.is_over and order.until_at > now:
                assert order.state is (OrderState.GIVEN if order.from_at > now else OrderState.IN_FORCE)
        for state in switchboard.roster.states.values():
            if state.forced is not None:
                assert self._ordered[state.forced.order].state is OrderState.IN_FORCE
            elif state.who.id in switchboard.configuration.advisors:
                ordered = [each.what for each in switchboard.orders.standing(Force)]
                assert all(what.advisor != state.who.id for what in ordered if isinstance(what, Force))

    # callers

    def a_call_arrives(self) -> None:
        if len(self.board.switchboard.calls) >= MOST_CALLS:
            return
        self._arrived += 1
        call = f"c{self._arrived}"
        profile = self._chance.choice([None, "employer", "health", "urgent"])
        cli = "" if self._chance.random() < 0.1 else "0261910101"
        in_charge, last = (self._chance.choice([None, "rose", "remi", "carl"]) for _ in range(2))
        told = self.board.arrive(call, cli, profile, (in_charge, last), site=self._chance.choice(SITES))
        self._hear(call, told)

    def a_strange_number(self) -> None:
        self._arrived += 1
        call = f"c{self._arrived}"
        self._hear(call, self.board.ask(call, Last.ARRIVED, dnis="33999", site="caen"))

    def a_call_goes_on(self) -> None:
        call = self._some_call()
        told = self._told.get(call)
        if isinstance(told, Dial):
            last = self._chance.choice(DIAL_ENDS)
            if last is Last.TALKED and self._chance.random() < 0.7:
                for state in (PhoneState.RINGING, PhoneState.IN_USE):
                    self._phone(told.advisor, state)
                self._wait(self._chance.uniform(1.0, 40.0))
                self._phone(told.advisor, PhoneState.FREE)
            talked_s = 10.0 if last is Last.TALKED else 0.0
            if call in self.board.switchboard.calls:
                self._hear(call, self.board.ask(call, last, offer=told.offer, talked_s=talked_s))
        elif isinstance(told, Held):
            self.a_held_caller_goes_on(call)
        elif isinstance(told, Collect):
            self._hear(call, self.board.ask(call, Last.KEYED, keys=self._keys(told)))
        elif call:
            self._hear_out(call, told)
            self._hear(call, self.board.ask(call, Last.PLAYED if isinstance(told, Play) else Last.WAITED))

    def _keys(self, _: Collect) -> str:
        return self._chance.choice(KEYS)

    def the_same_ask_again(self) -> None:
        if call := self._some_call():
            self._told[call] = self.board.ask_again(call)

    def an_old_ask(self) -> None:
        if call := self._some_call():
            self.board.stale_ask(call)

    def a_fallback(self) -> None:
        if call := self._some_call():
            self._hear(call, self.board.ask(call, Last.FALLBACK))

    def a_caller_hangs_up(self) -> None:
        if call := self._some_call():
            self.board.hang_up(call)

    def a_caller_is_gone(self) -> None:
        if call := self._some_call():
            self.board.leave(call)

    def late_news(self) -> None:
        """Of a call that is long over, or was never there."""
        self._give(CallerLeft(f"c{self._chance.randint(0, self._arrived)}x", 16))

    def an_answer_is_lost(self) -> None:
        if call := self._some_call():
            self._give(AnswerUndelivered(call, self.board.call(call).seq))

    def a_nudge_is_lost(self) -> None:
        if call := self._some_call():
            self._give(NudgeFailed(call))

    # advisors

    def a_choice(self) -> None:
        advisor = self._some_advisor()
        presence = self._chance.choice([Presence.AVAILABLE] * 3 + [Presence.NOT_READY, Presence.LOGGED_OUT])
        phone = self._chance.choice(("", "", "", "101", "201", "202"))
        for_s = self._chance.choice((None, None, 0.5, 20.0, 90.0)) if presence is Presence.NOT_READY else None
        if self._give(SetPresence(advisor, presence, "pause", for_s=for_s, phone=phone)).answer == Accepted():
            self._chosen[advisor] = presence
            self._until.pop(advisor, None)
            if for_s is not None:
                self._until[advisor] = self.board.now + for_s

    def a_wrap_up_ends(self) -> None:
        self._give(self._chance.choice((EndWrapUp, EndWrapUp, partial(ExtendWrapUp, by_s=20.0)))(self._some_advisor()))

    def a_phone(self) -> None:
        self._phone(self._some_advisor(), self._chance.choice([PhoneState.FREE, PhoneState.FREE, *PhoneState]))

    # supervisors

    def an_order(self) -> None:
        now, chance = self.board.now, self._chance
        site, other = chance.sample(SITES, 2)
        what = chance.choice(
            (
                Close("alerte", chance.choice((None, *SITES, *SITES)), chance.choice(((), ("cti/alerte",)))),
                Swap(site, other),
                Notice("échéance reportée", chance.choice(((), ("cti/report",)))),
                Force(chance.choice(("rose", "remi", "carl")), chance.choice(list(Presence)), "formation"),
            )
        )
        from_at = chance.choice((None, None, now + 5.0, now + 60.0))
        self._give(GiveOrder(what, "helene", now + chance.choice((1.0, 10.0, 90.0)), from_at))

    def an_undoing(self) -> None:
        living = [order.id for order in self._ordered.values() if not order.is_over]
        if living or self._ordered:
            self._give(UndoOrder(self._chance.choice(living or sorted(self._ordered)), "irene"))

    def a_pull(self) -> None:
        matches, matching = self.board.switchboard.matches, self.board.switchboard.matching
        pulls, inversions = matches.pulls, matching.inversions
        waiting = [call_of(ticket) for ticket in matching.waiting()]
        ready = [a for a, state in self.board.switchboard.roster.states.items() if state.ready(self.board.now)]
        call = self._chance.choice(waiting) if waiting else self._some_call()
        advisor = self._chance.choice(ready) if ready else self._some_advisor()
        said = self._give(PullTicket(call, advisor, "rappel", "helene")).answer
        assert matches.pulls - pulls == isinstance(said, OrderTaken)
        assert matching.inversions == inversions

    # PBXs, time, administrators

    def time_passes(self) -> None:
        self._wait(self._chance.choice([0.3, 1.0, 4.0, 15.0, 31.0, 61.0]))

    def a_link_is_cut(self) -> None:
        self._give(PbxLost(self._chance.choice(SITES)))

    def a_link_is_back(self) -> None:
        site = self._chance.choice(SITES)
        configuration = self.board.switchboard.configuration
        phones = {a.phone: PhoneState.FREE for a in configuration.advisors.values() if a.site == site}
        legs = (LegSeen(f"{site}-9.{self._arrived}", "rouen", ""),) if self._chance.random() < 0.3 else ()
        calls = self.board.switchboard.calls
        there = [call for call, of in calls.items() if of.site == site and of.callback is None]
        seen = tuple(self._seen(call) for call in sorted(there))
        self._give(PbxSynced(site, seen, phones, {}, legs=legs, callbacks=self._legs_at(site)))
        if legs:
            self._give(CallerLeft(legs[0].id, 16))

    def _seen(self, call: str) -> ChannelSeen:
        told = self._told.get(call)
        if isinstance(told, Dial):
            return replace(self.board.seen(call, "dial"), offer=told.offer, advisor=told.advisor)
        return self.board.seen(call, "play" if isinstance(told, Play) else "wait")

    def a_trunk(self) -> None:
        origin, peer = self._chance.sample(SITES, 2)
        self._give(TrunkChanged(origin, peer, self._chance.random() < 0.7))

    def a_standstill(self) -> None:
        if self._chance.random() < 0.3:
            self._give(Stalled(5.0))

    def a_reload(self) -> None:
        self._give(Configure(self._chance.choice(self.configurations)))
        self._give(Tick())  # who comes back may have an absence behind him that is over

    def a_restart(self) -> None:
        """What a restart gives first: presence as it was stored."""
        if self.board.switchboard.calls or self._chance.random() < 0.9:
            return
        now, states = self.board.now, self.board.switchboard.roster.states
        today = {a: state.phone_today for a, state in states.items()}
        stored = tuple(
            StoredPresence(a, p, "", now, until_at=self._until.get(a), phone=today.get(a, ""))
            for a, p in sorted(self._chosen.items())
        )
        self._give(Restore(stored, (), tuple(self._ordered.values())))
        self._give(Tick())

    # inside

    def _give(self, input_: Input) -> StepOutcome:
        return self.board.give(input_)

    def _hear(self, call: str, told: Instruction) -> None:
        self._told[call] = told
        if isinstance(told, Release | Refuse):
            self.board.hang_up(call)

    def _hear_out(self, call: str, told: Instruction | None) -> None:
        """He has heard it, unless an offer cut it: the same comfort never comes twice in a row."""
        if isinstance(told, Play) and self.board.call(call).ticket.offer is None:
            if "comfort" in told.sounds[0]:
                assert self._comforts.get(call) != told.sounds, f"{call} hears {told.sounds} again"
                self._comforts[call] = told.sounds
            self.played[told.sounds[0]] = self.played.get(told.sounds[0], 0) + 1

    def _wait(self, seconds: float) -> None:
        self.board.silent = {call for call, told in self._told.items() if isinstance(told, Dial | Play | Collect)}
        self.board.wait(seconds)
        self.board.silent = set()

    def _phone(self, advisor: str, state: PhoneState) -> None:
        if advisor in self.board.switchboard.roster.states:
            self.board.phone(advisor, state)

    def _some_call(self) -> str:
        calls = sorted(call for call, of in self.board.switchboard.calls.items() if of.callback is None)
        return self._chance.choice(calls) if calls else ""

    def _some_advisor(self) -> str:
        return self._chance.choice(sorted(self.board.switchboard.roster.states))
