"""Reads a directory of YAML files, once, as a whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from cti_router.config.build import build_configuration, build_supervisors
from cti_router.config.build_deployment import build_deployment
from cti_router.config.deployment import Deployment
from cti_router.config.entry import Reading, report_invalid
from cti_router.config.errors import Place, Report
from cti_router.config.located import LocatedMapping
from cti_router.config.people import Supervisor, SupervisorId
from cti_router.config.playlists import playlists_make_sense
from cti_router.config.sections import HOME, Sections
from cti_router.config.yaml_file import parse_yaml
from cti_router.core.configuration import Configuration
from cti_router.core.heard import PromptId

_VERSION_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the files say: the organisation for the core, the machines and the people around it, the service's name.

    `texts`: what is said, by prompt and language.
    """

    configuration: Configuration
    deployment: Deployment
    name: str = ""
    supervisors: Mapping[SupervisorId, Supervisor] = field(default_factory=dict)
    texts: Mapping[PromptId, Mapping[str, str]] = field(default_factory=dict)


def load(directory: Path, environ: Mapping[str, str]) -> Loaded:
    """Reads every `*.yaml` of a directory. Secrets are looked up in `environ` or their files only when revealed.

    Raises `ConfigurationErrors` with everything that is wrong.
    """
    report = Report()
    contents = _read(directory, report)
    files = [parse_yaml(name, content, report) for name, content in contents.items() if content is not None]
    readable = [file for file in files if file is not None]
    complete = len(readable) == len(contents)
    reading = Reading(report, _ids(readable, complete))
    sections = _validate(_merge(readable, report), reading, complete) if contents else None
    for problem in playlists_make_sense(sections) if sections is not None else ():
        report.add(problem.place, problem.text)
    report.close()
    if sections is None:
        raise AssertionError("a configuration without sections has errors")
    return Loaded(
        build_configuration(sections, _version(contents)),
        build_deployment(sections.network, directory.absolute(), environ),
        sections.service.name,
        build_supervisors(sections),
        {id_: prompt.texts for id_, prompt in sections.prompts.items()},
    )


def _read(directory: Path, report: Report) -> dict[str, bytes | None]:
    """The bytes of each file by name; None for one that cannot be read."""
    contents: dict[str, bytes | None] = {}
    try:
        paths = sorted(directory.iterdir())
    except OSError as error:
        report.add(Place(str(directory)), f"the directory cannot be read: {error.strerror}")
        return {}
    for path in paths:
        if path.name.startswith(".") or path.suffix not in (".yaml", ".yml"):
            continue
        if path.suffix == ".yml":
            report.add(Place(path.name), f"is not read: rename it to {path.stem}.yaml, or remove it")
            continue
        try:
            contents[path.name] = path.read_bytes()
        except OSError as error:
            report.add(Place(path.name), f"cannot be read: {error.strerror}")
            contents[path.name] = None
    if not contents:
        report.add(Place(str(directory)), "there is no *.yaml file here: is this the configuration's directory?")
    return contents


def _merge(files: Iterable[LocatedMapping], report: Report) -> LocatedMapping:
    """All sections, each of which stands in one file only."""
    merged = LocatedMapping(Place(""))
    for file in files:
        for name, value in file.items():
            place = file.key_place(name)
            if name in merged:
                report.add(place, f"the section “{name}” is there already in {merged.key_place(name)}: keep one")
            else:
                merged.put(name, place, value, file.value_place(name))
    return merged


def _ids(files: Sequence[LocatedMapping], complete: bool) -> dict[str, tuple[str, ...] | None]:
    """A section that need not be there, and is nowhere, defines none."""
    ids: dict[str, tuple[str, ...] | None] = {}
    for name, section_field in Sections.model_fields.items():
        found = [file[name] for file in files if name in file]
        mappings = [section for section in found if isinstance(section, LocatedMapping)]
        ids[name] = tuple(id_ for section in mappings for id_ in section) if mappings and mappings == found else None
        if not found and complete and not section_field.is_required():
            ids[name] = ()
    return ids


def _validate(merged: LocatedMapping, reading: Reading, complete: bool) -> Sections | None:
    """`complete`: every file could be read, so that a section that is not there is nowhere."""
    report = reading.report
    try:
        return Sections.model_validate(merged, context=reading)
    except ValidationError as error:
        details = error.errors(include_url=False)
        missing = [detail for detail in details if detail["type"] == "missing" and len(detail["loc"]) == 1]
        report_invalid([detail for detail in details if detail not in missing], merged, report)
        for name in [str(detail["loc"][0]) for detail in missing] if complete else ():
            report.add(Place(HOME[name]), f"the section “{name}” is missing: write it, in this file or another")
        return None


def _version(contents: Mapping[str, bytes | None]) -> str:
    digest = sha256()
    for name, content in sorted(contents.items()):
        digest.update(f"{name}\0{len(content or b'')}\0".encode())
        digest.update(content or b"")
    return digest.hexdigest()[:_VERSION_LENGTH]
