"""One shared lab for all acceptance tests: real Asterisks, phones, PostgreSQL and the router."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.lab.asterisk import LabPbx
from deploy.lab.contributors import FictionalContributor
from deploy.lab.service import EXAMPLE, OPEN_HOUR, Service
from tests.acceptance.words import Centre

# Shorter times than the example's, so that the tests take minutes, not an hour; but a look-up may take its time: a
# caller must not become a stranger because two cores start six PBXs beside. And one subscriber is called back again and
# again.
_QUICKER = {
    "service.yaml": {
        "wrap_up: 20s": "wrap_up: 1s",
        "lookup_budget: 300ms": "lookup_budget: 3s",
        "greeting: [welcome]": "greeting: []",
        "whisper: true": "whisper: false",
        "per_day: 3": "per_day: 50",
    },
    "plans.yaml": {"ring: 20s": "ring: 4s"},
    "skills.yaml": {},
}
# Callers hear music and no question, unless a test is about what they hear.
_HEARD = re.compile(r"^ +treatment: .*\n|^  identify:\n(    .*\n)+", re.MULTILINE)


@pytest.fixture(scope="session")
def quick_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("example") / "config"
    shutil.copytree(EXAMPLE, directory)
    for name, changes in _QUICKER.items():
        text = (directory / name).read_text()
        for old, new in changes.items():
            assert old in text, f"the example's {name} no longer says {old!r}"
            text = text.replace(old, new)
        text, heard = _HEARD.subn("", text)
        assert heard, f"the example's {name} no longer says what is heard"
        (directory / name).write_text(text)
    return directory


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service(quick_example: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with Service(tmp_path_factory.mktemp("service"), example=quick_example) as service:
        yield service
        # Whatever happened to the calls of all tests, no PBX met an expression of ours that makes no sense.
        assert {site: told for site, pbx in service.lab.pbxs.items() if (told := _not_understood(pbx))} == {}


def _not_understood(pbx: LabPbx) -> list[str]:
    """The dialplan's expressions that Asterisk complained of."""
    log = (pbx.home / "log" / "messages").read_text(errors="replace")
    return re.findall(r"ast_yyerror\(\):.*\n.*", log)


@pytest_asyncio.fixture(loop_scope="session")
async def centre(service: Service) -> AsyncIterator[Centre]:
    """The service with nobody available and nobody calling; a router that runs, on a Monday at nine."""
    centre = Centre(service)
    await centre.clear(OPEN_HOUR)
    yield centre
    await centre.hang_up_all()


@pytest.fixture
def contributors(service: Service) -> list[FictionalContributor]:
    return service.contributors
