"""The synthesiser of the lab: in Asterisk's root filesystem, or this machine's own."""

import asyncio

import pytest

from cti_router.voice.programs import Programs
from cti_router.voice.synthesiser import InstalledVoices
from deploy.lab.rootfs import find_asterisk


@pytest.fixture(scope="session")
def programs() -> Programs:
    installation = asyncio.run(find_asterisk(print))
    return Programs() if installation.root is None else Programs.in_root(installation.root)


@pytest.fixture
def voices(programs: Programs) -> InstalledVoices:
    return InstalledVoices(programs)
