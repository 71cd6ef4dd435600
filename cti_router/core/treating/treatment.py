"""What a caller hears next while he waits: a function of his treatment, of what he has heard, and of the time.

First what is left of the greeting and the welcome, once; then each information of the day that concerns him, once;
then music, and between:

- the announcement of his position and of the wait to come, `first_s` after the wait began and every `every_s` from
  then on; one that could not be said at its time is said as soon as it can be, the others keep their times;
- the offer to be called back, at its own times in the same way;
- a word of comfort after `every_s` of music, each of them in turn and never the one he heard last; none when
  one of the others is due within `SOON_S`.

Between two of these there are `BREATH_S` of music at least, and in the last `SOON_S` of a plan nothing is begun that
its closing message would cut. A prompt of which a value is not known now is left out whole.
"""

from dataclasses import dataclass, replace

from cti_router.core.heard import NoticeId, Prompt, Treatment
from cti_router.core.identity import Instant
from cti_router.core.treating.spoken import Known, Sounds, spoken

WAIT_S = 10.0
"""The longest music between two asks: what a lost nudge, or a link that is dead and not noticed yet, may cost."""

LEAST_MUSIC_S = 1.0
"""The shortest."""

BREATH_S = 5.0
"""So much music at least between two things that are said, unless they belong together."""

SOON_S = 10.0
"""Nothing is begun so shortly before what matters more."""

_ON_TIME_S = 0.01
"""Who asks again so much before his time is there in time: sums of instants are not exact."""

_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class News:
    """Something to be told to who waits, in force since `from_at`."""

    id: NoticeId
    prompts: tuple[Prompt, ...]
    from_at: Instant = -_NEVER


@dataclass(frozen=True, slots=True)
class Heard:
    """What a caller has heard, and what is left of the thing that he is hearing (`rest`).

    `ticket` is the number of the one it counts for. `adopted_at`: another router welcomed him, and told him what was in
    force when he came; `asked`: he was asked why he calls. `announced_at`, `offered_at`: when the last announcement was
    begun, and the last offer to be called back. `quiet_since_at`: when the last thing was said, to its end.
    `comforts`: how many words of comfort, `comfort` the last one.
    """

    ticket: int = 1
    begun: bool = False
    asked: bool = False
    adopted_at: Instant | None = None
    informed: frozenset[NoticeId] = frozenset()
    announced_at: Instant | None = None
    offered_at: Instant | None = None
    comforts: int = 0
    comfort: Sounds = ()
    quiet_since_at: Instant = -_NEVER
    rest: tuple[Prompt, ...] = ()

    def of_ticket(self, number: int) -> "Heard":
        """As another wait of the same call begins: he is welcomed no more, and nothing is left to be said."""
        return self if number == self.ticket else replace(self, ticket=number, begun=True, asked=True, rest=())


def adopted(ticket: int, now: Instant) -> Heard:
    """What counts for a caller of a former router: only what falls due from now on is said."""
    return Heard(ticket, begun=True, asked=True, adopted_at=now, announced_at=now, offered_at=now, quiet_since_at=now)


@dataclass(frozen=True, slots=True)
class Item:
    """What he hears next: `sounds`, or music for `for_s` where there are none. `heard`: once he has heard it.

    `offers`: neither, he is asked whether he wants to be called back.
    """

    heard: Heard
    sounds: Sounds = ()
    interruptible: bool = True
    for_s: float = 0.0
    offers: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """All that a choice is made from. The wait began at `since_at`, and its plan ends at `until_at`."""

    treatment: Treatment
    greeting: tuple[Prompt, ...]
    news: tuple[News, ...]
    arrived_at: Instant
    since_at: Instant
    until_at: Instant
    now: Instant
    known: Known


def next_item(heard: Heard, of: Moment) -> Item:
    while True:
        while heard.rest:
            prompt, heard = heard.rest[0], replace(heard, rest=heard.rest[1:])
            if sounds := spoken(prompt.sounds, of.known):
                return Item(heard, sounds, prompt.interruptible)
        following = _following(heard, of)
        if following is not None:
            heard = following
        elif _may_begin(heard, of) and _offered_at(heard, of) <= of.now + _ON_TIME_S:
            return Item(replace(heard, offered_at=of.now), offers=True)
        else:
            return Item(heard, for_s=_music_s(heard, of))


def _following(heard: Heard, of: Moment) -> Heard | None:
    """The next thing to be said now, as `rest`; None: music."""
    if not heard.begun:
        return replace(heard, begun=True, rest=(*of.greeting, *of.treatment.welcome))
    for news in of.news:
        if news.id not in heard.informed:
            informed, told = heard.informed | {news.id}, heard.adopted_at is not None and news.from_at <= of.arrived_at
            return replace(heard, informed=informed, rest=() if told else news.prompts)
    if not _may_begin(heard, of):
        return None
    announced_at = _announced_at(heard, of)
    if announced_at <= of.now + _ON_TIME_S and (announcement := of.treatment.announcement) is not None:
        return replace(heard, announced_at=of.now, rest=announcement.position + announcement.expected_wait)
    if min(announced_at, _offered_at(heard, of)) - of.now > SOON_S and _comforted_at(heard, of) <= of.now + _ON_TIME_S:
        return _comforted(heard, of)
    return None


def _may_begin(heard: Heard, of: Moment) -> bool:
    """Has he had some music, and is there time enough before his plan ends?"""
    return of.now >= _quiet_at(heard, of) + BREATH_S - _ON_TIME_S and of.until_at - of.now >= SOON_S


def _comforted(heard: Heard, of: Moment) -> Heard | None:
    """The next one in turn that can be said, and is not the last again."""
    comfort = of.treatment.comfort
    prompts = comfort.prompts if comfort is not None else ()
    for turn in range(heard.comforts, heard.comforts + len(prompts)):
        prompt = prompts[turn % len(prompts)]
        if prompt.sounds != heard.comfort and spoken(prompt.sounds, of.known):
            return replace(heard, comforts=turn + 1, comfort=prompt.sounds, rest=(prompt,))
    return None


def _music_s(heard: Heard, of: Moment) -> float:
    """Until something is due, but not for longer than `WAIT_S`."""
    breath_at = _quiet_at(heard, of) + BREATH_S
    due = (_announced_at(heard, of), _offered_at(heard, of), _comforted_at(heard, of))
    next_at = min((at for at in (max(breath_at, at) for at in due) if at > of.now + _ON_TIME_S), default=_NEVER)
    return max(LEAST_MUSIC_S, min(WAIT_S, next_at - of.now))


def _quiet_at(heard: Heard, of: Moment) -> Instant:
    """Since when he has heard nothing but music."""
    return max(heard.quiet_since_at, of.since_at)


def _announced_at(heard: Heard, of: Moment) -> Instant:
    """When the next announcement is due."""
    due = of.treatment.announcement
    return _NEVER if due is None else _due_at(of.since_at + due.first_s, due.every_s, heard.announced_at)


def _offered_at(heard: Heard, of: Moment) -> Instant:
    """When he is to be offered the next time that he may be called back."""
    due = of.treatment.callback
    return _NEVER if due is None else _due_at(of.since_at + due.first_s, due.every_s, heard.offered_at)


def _due_at(first_at: Instant, every_s: float, last_at: Instant | None) -> Instant:
    """The first of these times that is after the last one."""
    if last_at is None or last_at < first_at - _ON_TIME_S:
        return first_at
    return first_at + ((last_at - first_at + _ON_TIME_S) // every_s + 1) * every_s


def _comforted_at(heard: Heard, of: Moment) -> Instant:
    comfort = of.treatment.comfort
    return _NEVER if comfort is None else _quiet_at(heard, of) + comfort.every_s
