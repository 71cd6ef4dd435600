"""Owner of the phones: whose each is today, and what it shows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from cti_router.core.advisors.advisor import AdvisorState
from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.inputs import PhoneState, Presence, SetPresence
from cti_router.core.instructions import Refused

Place: TypeAlias = tuple[SiteId, str]
"""A phone: its site, and its extension there."""


class Phones:
    """No phone is two advisors'. Who has none has `who.phone` "", and nothing is known of it."""

    def __init__(self, configuration: Configuration) -> None:
        self._advisors = configuration.advisors
        self._sites = configuration.sites
        self._of: dict[Place, AdvisorState] = {}
        self._shown: dict[Place, PhoneState | None] = {}
        self._synced: set[SiteId] = set()

    def configure(self, configuration: Configuration, states: Iterable[AdvisorState]) -> None:
        """All are shared out anew; who has a call keeps his phone while it is at his site."""
        former = {id(state): place for place, state in self._of.items()}
        self._advisors, self._sites = configuration.advisors, configuration.sites
        self._of = {}
        by_site: dict[SiteId, list[AdvisorState]] = {}
        for state in states:
            site, phone = former.get(id(state), (state.who.site, ""))
            self._has(state, phone if site == state.who.site else "")
            by_site.setdefault(state.who.site, []).append(state)
        for site, there in by_site.items():
            self.share_out(site, there)

    def of(self, site: SiteId, phone: str) -> AdvisorState | None:
        """Who has it."""
        return self._of.get((site, phone))

    def at(self, site: SiteId) -> list[str]:
        """All phones of a site that somebody may have."""
        own = {advisor.phone for advisor in self._advisors.values() if advisor.site == site}
        return sorted(own | set(self._sites[site].phones if site in self._sites else ()))

    def due_to(self, state: AdvisorState) -> str:
        """The phone he should have: that of the day, else his own."""
        own = self._advisors.get(state.who.id)
        return state.phone_today or (own.phone if own else state.who.phone)

    def not_for(self, state: AdvisorState, request: SetPresence) -> Refused | None:
        """Why he cannot have the phone that this would give him; None when he can."""
        name, site, phone = state.who.name, state.who.site, request.phone or self.due_to(state)
        if request.presence is Presence.LOGGED_OUT:
            return Refused(f"{name} logs out: leave the phone out") if request.phone else None
        if request.phone and phone not in (there := self.at(site)):
            return Refused(f"no phone {phone[:20]!r} at {site}: choose one of {', '.join(there)}")
        if phone == state.who.phone or (state.offer is not None and not request.phone):
            return None
        if state.offer is not None:
            return Refused(f"{name} has a call on phone {state.who.phone}: take another one after it")
        holder = self.of(site, phone)
        if holder is None or (holder.presence is Presence.LOGGED_OUT and holder.offer is None):
            return None
        return Refused(f"phone {phone} is {holder.who.name}'s today: choose another one for {name}")

    def share_out(self, site: SiteId, states: Collection[AdvisorState]) -> list[AdvisorState]:
        """Who has a call keeps his phone. Then those who are there have the one they chose or their own, those who
        chose first; then the others, their own. `states`: all of the site. Those who have another phone now, or none.
        """
        taken: dict[Place, AdvisorState] = {}
        changed = []
        for state in sorted(states, key=_claim):
            wished = (phone for phone in self._wished(state) if phone)
            phone = next((each for each in wished if taken.setdefault((site, each), state) is state), "")
            if phone != state.who.phone:
                changed.append(state)
            self._has(state, phone)
        self._of = {place: state for place, state in self._of.items() if place[0] != site} | taken
        return changed

    def changed(self, site: SiteId, phone: str, shows: PhoneState | None) -> AdvisorState | None:
        """What one phone shows now: whose it is; None when it is nobody's."""
        self._shown[site, phone] = shows
        state = self._of.get((site, phone))
        if state is not None:
            state.phone = shows
        return state

    def synced(self, site: SiteId, phones: Mapping[str, PhoneState] | None) -> list[AdvisorState]:
        """What all of a site show; None: its PBX is out of reach, so nothing is known of them. Whose they are."""
        self._shown = {place: shows for place, shows in self._shown.items() if place[0] != site}
        self._shown |= {(site, phone): shows for phone, shows in (phones or {}).items()}
        (self._synced.discard if phones is None else self._synced.add)(site)
        there = [state for place, state in self._of.items() if place[0] == site]
        for state in there:
            state.phone = self._shows(site, state.who.phone)
        return there

    def _wished(self, state: AdvisorState) -> tuple[str, ...]:
        if state.offer is not None and state.who.phone:
            return (state.who.phone,)
        own = self._advisors.get(state.who.id)
        today = state.phone_today if state.phone_today in self.at(state.who.site) else ""
        return (today, own.phone if own else "")

    def _has(self, state: AdvisorState, phone: str) -> None:
        if phone != state.who.phone:
            own = self._advisors.get(state.who.id)
            state.who = own if own is not None and own.phone == phone else replace(state.who, phone=phone)
        state.phone = self._shows(state.who.site, phone) if phone else None

    def _shows(self, site: SiteId, phone: str) -> PhoneState | None:
        return self._shown.get((site, phone), PhoneState.UNREACHABLE if site in self._synced else None)


def _claim(state: AdvisorState) -> int:
    if state.offer is not None:
        return 0
    if state.presence is Presence.LOGGED_OUT:
        return 3
    return 1 if state.phone_today else 2
