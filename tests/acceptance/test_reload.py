"""A new configuration under running calls: taken whole, or refused whole; no caller notices more than he should."""

import asyncio
import os
import re
import shutil
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from cti_router.core.treating.treatment import WAIT_S
from deploy.lab.phone import What
from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

TAKEN_WITHIN_S = 2.0

ELODIE = "skills: {health: 5, self_employed: 4, employers: 1}"
ELODIE_LEARNS = "skills: {health: 5, self_employed: 4, employers: 5}"
DAMIEN = "skills: {employers: 4, self_employed: 3, collections: 3}"
FRANCOISE = """\
  francoise_noel:
    name: Françoise Noël
    site: rouen
    phone: "203"
    skills: {household: 5, employers: 3, health: 2}
"""


class Files:
    """The router's configuration, to be edited; as it was, afterwards."""

    def __init__(self, centre: Centre) -> None:
        self.directory = centre.service.configuration_directory
        self._centre = centre

    async def edit(self, name: str, *changes: tuple[str, str]) -> None:
        """Write a file in one go, as editors do: aside first, then in its place."""
        path = self.directory / name
        text = path.read_text()
        for old, new in changes:
            assert text.count(old) == 1, f"{name} no longer says {old!r} once"
            text = text.replace(old, new)
        aside = path.with_suffix(".aside")
        aside.write_text(text)
        aside.replace(path)

    async def version(self) -> str:
        return str((await self._centre.service.status())["configuration"])

    async def taken(self, former: str) -> None:
        async def changed() -> bool:
            return await self.version() != former

        await self._centre.service.until(changed, "the new configuration is taken", within_s=TAKEN_WITHIN_S)

    async def refused(self) -> str:
        async def told() -> bool:
            return bool((await self._centre.service.status())["reload_refused"])

        await self._centre.service.until(told, "the new configuration is refused", within_s=TAKEN_WITHIN_S)
        return str((await self._centre.service.status())["reload_refused"])

    async def reloads(self, result: str) -> float:
        """What /metrics counts."""
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"{self._centre.service.status_url}/metrics")).text
        counts = re.findall(rf'^cti_reloads_total{{result="{result}"}} (\S+)$', text, re.MULTILINE)
        return float(counts[0]) if counts else 0.0


@pytest_asyncio.fixture(loop_scope="session")
async def files(centre: Centre, tmp_path: Path) -> AsyncIterator[Files]:
    files = Files(centre)
    kept = tmp_path / "kept"
    shutil.copytree(files.directory, kept, ignore=shutil.ignore_patterns("sounds"))
    before = await files.version()
    yield files
    await centre.hang_up_all()
    for path in kept.iterdir():
        (files.directory / path.name).unlink(missing_ok=True)
        shutil.copy(path, files.directory)

    async def as_before() -> bool:
        status = await centre.service.status()
        return status["configuration"] == before and not status["reload_refused"]

    await centre.service.until(as_before, "the former configuration is back", within_s=5)


async def test_one_waits_and_two_talk_while_the_files_change(centre: Centre, files: Files) -> None:
    await centre.available("damien_hebert")
    first = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    await centre.available("francoise_noel")
    second = await centre.ring_in(centre.number_of("household_employer"))
    await centre.answers("francoise_noel")
    await centre.available("elodie_francois")  # she knows too little of employers
    waiting = await centre.ring_in(centre.number_of("employer"))
    later = await centre.ring_in(centre.number_of("employer"))
    waits = {call["id"]: call["arrived_at"] for call in await centre.service.calls() if call["outcome"] is None}

    former = await files.version()
    await files.edit("advisors.yaml", (ELODIE, ELODIE_LEARNS), (FRANCOISE, ""))
    await files.edit("service.yaml", ("wrap_up: 1s", "wrap_up: 4s"))
    await files.taken(former)

    await centre.answers("elodie_francois")
    assert await centre.talk_together(waiting, "elodie_francois")  # not the later one
    assert await centre.talk_together(first, "damien_hebert")
    assert await centre.talk_together(second, "francoise_noel")
    calls = {call["id"]: call["arrived_at"] for call in await centre.service.calls() if call["outcome"] is None}
    assert calls == waits

    centre.service.phones["damien_hebert"].forget()
    await first.hang_up()
    hung_up_at = time.monotonic()
    await second.hang_up()
    ended = await centre.ended_call_of(second)
    assert (ended["outcome"], ended["advisor"]) == ("answered", "francoise_noel")
    assert "francoise_noel" not in (await centre.service.status())["advisors"]
    assert await centre.answers("damien_hebert") - hung_up_at > 3.5  # the new wrap-up
    assert await centre.talk_together(later, "damien_hebert")


async def test_sighup_takes_what_no_file_event_told(centre: Centre, files: Files, tmp_path: Path) -> None:
    former = await files.version()
    elsewhere = tmp_path / "advisors.yaml"
    shutil.copy(files.directory / "advisors.yaml", elsewhere)
    read = await files.reloads("taken")
    (files.directory / "advisors.yaml").unlink()
    (files.directory / "advisors.yaml").symlink_to(elsewhere)

    async def read_again() -> bool:
        return await files.reloads("taken") > read

    await centre.service.until(read_again, "the link is seen")
    await centre.available("elodie_francois")
    caller = await centre.ring_in(centre.number_of("employer"))
    elsewhere.write_text(elsewhere.read_text().replace(ELODIE, ELODIE_LEARNS))
    read = await files.reloads("taken")
    assert centre.service.router is not None
    os.kill(centre.service.router.pid, signal.SIGHUP)
    await files.taken(former)
    assert await files.reloads("taken") == read + 1
    await centre.answers("elodie_francois")
    assert await centre.talk_together(caller, "elodie_francois")


async def test_a_broken_file_is_refused_with_its_place_and_nothing_changes(centre: Centre, files: Files) -> None:
    await centre.available("damien_hebert")
    talking = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    waiting = await centre.ring_in(centre.number_of("employer"))
    former, refusals = await files.version(), await files.reloads("refused")
    lines = (files.directory / "advisors.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if DAMIEN in text)
    column = lines[line - 1].index("4") + 1

    await files.edit("advisors.yaml", (DAMIEN, DAMIEN.replace("4", "9")))
    assert f"advisors.yaml:{line}:{column}: " in await files.refused()
    assert await files.reloads("refused") == refusals + 1
    assert await files.version() == former
    assert await centre.talk_together(talking, "damien_hebert")
    assert not any(event.what is What.ENDED for event in waiting.events)

    taken = await files.reloads("taken")
    await files.edit("advisors.yaml", (DAMIEN.replace("4", "9"), DAMIEN), (ELODIE, ELODIE_LEARNS))
    await files.taken(former)
    assert (await centre.service.status())["reload_refused"] == ""
    assert await files.reloads("taken") == taken + 1
    await centre.available("elodie_francois")
    await centre.answers("elodie_francois")
    assert await centre.talk_together(waiting, "elodie_francois")


async def test_the_dialplan_is_read_again_while_one_waits_and_one_talks(centre: Centre) -> None:
    await centre.available("damien_hebert")
    talking = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    waiting = await centre.ring_in("0199001234")
    await centre.until_waiting(waiting)
    pbxs = [centre.service.lab.pbxs[site] for site in ("caen", "rouen")]
    try:
        for pbx in pbxs:
            dialplan = pbx.home / "etc" / "cti_extensions.conf"
            dialplan.write_text(dialplan.read_text() + "\n[cti-of-the-next-release]\nexten => s,1,NoOp()\n")
            await pbx.cli("dialplan reload")
            assert "cti-of-the-next-release" in await pbx.cli("dialplan show cti-of-the-next-release")
        await asyncio.sleep(WAIT_S)  # his wait is over: he asks from a context that was made anew
        assert await centre.talk_together(talking, "damien_hebert")
        await centre.available("francoise_noel")
        await centre.answers("francoise_noel")  # nudged into it
        assert await centre.talk_together(waiting, "francoise_noel")
        for advisor in ("damien_hebert", "francoise_noel"):
            await centre.service.phones[advisor].hang_up()
        for caller in (talking, waiting):
            await caller.wait_for(What.ENDED, 3)
            assert (await centre.ended_call_of(caller))["outcome"] == "answered"
    finally:
        for pbx in pbxs:
            await pbx.reload()
