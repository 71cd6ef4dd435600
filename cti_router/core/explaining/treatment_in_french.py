"""What a caller would hear while he waits, in French and in order: prompts and sounds by their names."""

import re
from collections.abc import Iterable, Iterator

from cti_router.core.configuration import Configuration
from cti_router.core.heard import Prompt, Treatment, Value

_PIECE = re.compile(r"cti/(.+?)(-[1-9][0-9]*)?")
_VALUES = frozenset(Value)


def treatment_in_french(configuration: Configuration, treatment: Treatment, dnis: int) -> Iterator[str]:
    """One line for each thing that he may hear; `dnis` is the number dialled."""
    number = configuration.numbers.get(dnis)
    asked = number is not None and not number.relay
    welcome = _names((*(number.greeting_rest if number else ()), *treatment.welcome))
    if (menu := treatment.menu) is not None and asked and number is not None and number.motive is None:
        motives = (f"{key} {configuration.motives[motive].name}" for key, motive in menu.keys.items())
        yield f"question : {', '.join(sound_names(menu.ask))} ({' ; '.join(motives)})"
    if welcome:
        yield f"une fois : {', '.join(welcome)}"
    if (told := treatment.announcement) is not None:
        names = ", ".join(_names((*told.position, *told.expected_wait)))
        yield f"après {told.first_s:g} s, puis toutes les {told.every_s:g} s : {names}"
    if (comfort := treatment.comfort) is not None:
        yield f"après {comfort.every_s:g} s de musique, à tour de rôle : {', '.join(_names(comfort.prompts))}"
    if (offer := treatment.callback) is not None and configuration.callback is not None and asked:
        yield f"après {offer.first_s:g} s, puis toutes les {offer.every_s:g} s : un rappel ? (touche {offer.key})"


def sound_names(sounds: Iterable[str]) -> list[str]:
    """Each prompt once, by the name that the administrators gave it; a sound of the PBX's own by its own."""
    pieces = (sound for sound in sounds if sound not in _VALUES)
    return list(dict.fromkeys(m[1] if (m := _PIECE.fullmatch(sound)) else sound for sound in pieces))


def _names(prompts: Iterable[Prompt]) -> list[str]:
    return sound_names(sound for prompt in prompts for sound in prompt.sounds)
