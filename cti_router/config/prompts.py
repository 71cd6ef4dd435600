"""prompts.yaml: the texts that callers hear, each under the name by which the other files mean it."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Self, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from cti_router.config.entry import Entry, reading
from cti_router.config.fields import wrong
from cti_router.core import heard
from cti_router.core.heard import PromptId, Value, pieces_of

LANGUAGES = ("fr", "en")
"""Those in which times, durations and numbers can be said as well."""

_LONGEST = 600
_BRACED = re.compile(r"\{[^{}]*\}?|\}")


def _text(value: str) -> str:
    """Of one line, whatever the file makes of it."""
    text = " ".join(value.split())
    if not any(map(str.isalnum, text)):
        raise wrong("must not be blank")
    if len(text) > _LONGEST:
        raise wrong(f"must have {_LONGEST} characters at most: who listens for a minute hangs up; make two of it")
    if not text.isprintable():
        raise wrong("must not contain control characters")
    if "<" in text or ">" in text:
        raise wrong("must not contain < nor >: write what is to be said")
    for braced in _BRACED.findall(text):
        if braced not in tuple(Value):
            raise wrong(f"unknown placeholder {braced}; known: {', '.join(sorted(Value))}")
    return text


Text: TypeAlias = Annotated[str, AfterValidator(_text)]


class Prompt(Entry):
    """A text that is spoken. `{opening}`, `{position}`, `{wait}`, `{number}` stand for what is known only then."""

    fr: Text = Field(description="What is said in French.", examples=["Bonjour, et bienvenue."])
    en: Text | None = Field(
        default=None,
        description="The same in English, with the same placeholders between as many pieces of text.",
        examples=["Hello, and welcome."],
    )
    interruptible: bool | None = Field(
        default=None,
        description="Whether an advisor who becomes free cuts it short; without it, all but greetings.",
        examples=["true"],
    )

    @property
    def texts(self) -> Mapping[str, str]:
        return {language: text for language in LANGUAGES if (text := getattr(self, language))}

    @model_validator(mode="after")
    def _made_alike(self, info: ValidationInfo) -> Self:
        skeletons = {language: _skeleton(text) for language, text in self.texts.items()}
        for language, skeleton in skeletons.items():
            if skeleton != skeletons["fr"]:
                reading(info).report.add(
                    self.place(language),
                    f"must be made as “fr” is: {' '.join(skeletons['fr'])}, not {' '.join(skeleton)}",
                )
        return self

    def values(self) -> frozenset[Value]:
        return frozenset(value for value in Value if value in self.fr)


def _skeleton(text: str) -> tuple[str, ...]:
    return tuple("text" if said else sound for sound, said in pieces_of("", text))


class Wording:
    """What names in the YAML's lists of sounds stand for."""

    def __init__(self, prompts: Mapping[PromptId, Prompt]) -> None:
        self._prompts = prompts

    def prompt(self, name: str, interruptible: bool = True) -> heard.Prompt:
        """What is no prompt is a sound that the PBXs have."""
        prompt = self._prompts.get(name)
        if prompt is None:
            return heard.Prompt((name,), interruptible)
        sounds = tuple(sound for sound, _ in pieces_of(name, prompt.fr))
        return heard.Prompt(sounds, interruptible if prompt.interruptible is None else prompt.interruptible)

    def prompts(self, names: Iterable[str]) -> tuple[heard.Prompt, ...]:
        return tuple(map(self.prompt, names))

    def sounds(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(sound for name in names for sound in self.prompt(name).sounds)

    def greeting(self, names: Iterable[str]) -> tuple[tuple[str, ...], tuple[heard.Prompt, ...]]:
        """The sounds of its head, which nothing cuts short, and the rest, from the first that may be interrupted on."""
        prompts = [self.prompt(name, interruptible=False) for name in names]
        head = next((place for place, prompt in enumerate(prompts) if prompt.interruptible), len(prompts))
        return tuple(sound for prompt in prompts[:head] for sound in prompt.sounds), tuple(prompts[head:])

    def all(self) -> Mapping[PromptId, heard.Prompt]:
        return MappingProxyType({name: self.prompt(name) for name in self._prompts})
