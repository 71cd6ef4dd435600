"""Every list of sounds of the YAML: who hears it, and which values may be said in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cti_router.config.entry import Entry
from cti_router.config.errors import Place, Problem
from cti_router.config.prompts import LANGUAGES
from cti_router.config.routing import Number, Plan
from cti_router.config.sections import Sections
from cti_router.config.treatments import Treatment
from cti_router.core.heard import Value

_SAID_ONLY_IN = {
    Value.OPENING: "the messages of who is not served: “closed”, “play” and “otherwise” of a plan's end, “noted”",
    Value.POSITION: "“announcement”",
    Value.WAIT: "“expected_wait” of an “announcement”",
    Value.NUMBER: "“read_back” of a “callback”",
}


@dataclass(frozen=True, slots=True)
class Playlist:
    """The names under `path` in `entry`, the numbers whose callers hear them, and the values known when they do."""

    entry: Entry
    path: tuple[str, ...]
    names: Sequence[str]
    numbers: Sequence[Number]
    known: frozenset[Value] = frozenset()

    def place(self, index: int) -> Place:
        return self.entry.place(*self.path, index)


def playlists(sections: Sections) -> Iterator[Playlist]:
    """All of them, those that nobody hears as well."""
    everybody, opening = sections.numbers, frozenset((Value.OPENING,))
    for number in everybody:
        yield Playlist(number, ("greeting",), number.greeting, [number])
        yield Playlist(number, ("closed",), number.closed, [number], opening)
        yield Playlist(number, ("busy",), number.busy, [number])
        if (offered := number.when_closed) is not None:
            yield Playlist(offered, ("play",), offered.play, [number], opening)
    for id_, plan in sections.plans.items():
        routed = [number for number in everybody if id_ in plans_of(number)]
        yield Playlist(plan.end, ("play",), plan.end.play, routed, opening)
        yield Playlist(plan.end, ("otherwise",), plan.end.otherwise, routed, opening)
    if (rules := sections.callback) is not None:
        yield Playlist(rules, ("noted",), rules.noted, everybody, opening)
    if (identify := sections.service.identify) is not None:
        for key in ("ask", "ask_several", "again"):
            yield Playlist(identify, (key,), getattr(identify, key), [one for one in everybody if not one.relay])
    for id_, treatment in sections.treatments.items():
        yield from _of_treatment(treatment, [number for number in everybody if id_ in treatments_of(number, sections)])
    for information in sections.information.values():
        yield Playlist(information, ("play",), information.play, everybody)


def plans_of(number: Number) -> frozenset[str]:
    """The plans that calls of a number may get."""
    return frozenset((number.plan,) if isinstance(number.plan, str) else (rule.plan for rule in number.plan))


def treatments_of(number: Number, sections: Sections) -> frozenset[str]:
    """The treatments that callers of a number may hear; anybody may call it."""
    plans: list[Plan] = [plan for id_ in plans_of(number) if (plan := sections.plans.get(id_)) is not None]
    found = {plan.treatment for plan in plans}
    if None in found or not plans:
        found |= {profile.treatment for profile in sections.profiles.values()}
        found |= {sections.service.treatment}
    return frozenset(id_ for id_ in found if id_ is not None)


def _of_treatment(treatment: Treatment, numbers: Sequence[Number]) -> Iterator[Playlist]:
    yield Playlist(treatment, ("welcome",), treatment.welcome, numbers)
    keying = [number for number in numbers if not number.relay]
    if (menu := treatment.menu) is not None:
        yield Playlist(menu, ("ask",), menu.ask, keying)
    if (told := treatment.announcement) is not None:
        yield Playlist(told, ("position",), told.position, numbers, frozenset((Value.POSITION,)))
        both = frozenset((Value.POSITION, Value.WAIT))
        yield Playlist(told, ("expected_wait",), told.expected_wait, numbers, both)
    if (comfort := treatment.comfort) is not None:
        yield Playlist(comfort, ("play",), comfort.play, numbers)
    if (offer := treatment.callback) is not None:
        for key in ("ask", "confirm", "other", "read_back", "impossible"):
            known = frozenset((Value.NUMBER,)) if key == "read_back" else frozenset[Value]()
            yield Playlist(offer, (key,), getattr(offer, key), keying, known)


def playlists_make_sense(sections: Sections) -> Iterator[Problem]:
    """What is said is known when it is said, and has words in the language of who hears it."""
    mute: dict[tuple[str, str], Number] = {}
    for played in playlists(sections):
        for index, name in enumerate(played.names):
            prompt = sections.prompts.get(name)
            if prompt is None:
                continue
            for value in sorted(prompt.values() - played.known):
                yield Problem(
                    played.place(index), f"“{name}” says {value}, which is known only in {_SAID_ONLY_IN[value]}"
                )
            for number in played.numbers:
                language = number.language.partition("_")[0]
                if language in LANGUAGES and language not in prompt.texts:
                    mute.setdefault((name, language), number)
    for (name, language), number in mute.items():
        yield Problem(
            sections.prompts[name].place(),
            f"“{language}” is missing: callers of +{number.number} hear “{name}”, and “{number.language}” is their "
            f"language in {number.place('language')}: add it",
        )
