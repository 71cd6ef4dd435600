"""Two routers are listed: the one that is there is asked, and there is never more than one."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.lab.service import ServiceFailed
from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

NOBODY_LISTENS = 4599


async def test_the_first_router_is_dead_the_second_serves(centre: Centre, tmp_path: Path) -> None:
    def dead_one_first(network: dict[str, Any]) -> None:
        [living] = network["routers"]
        network["routers"] = [living | {"fastagi_port": NOBODY_LISTENS}, living]
        network["listen"] = {"address": living["address"], "fastagi_port": living["fastagi_port"]}

    async with centre.other_network(dead_one_first), _dialplan_of(centre, "caen", tmp_path) as dialplan:
        assert f":{NOBODY_LISTENS}/ask" in dialplan
        assert dialplan.index(f":{NOBODY_LISTENS}/ask") < dialplan.index(":4573/ask")
        await centre.available("damien_hebert")
        caller = await centre.ring_in(centre.number_of("employer"))
        await centre.answers("damien_hebert")
        assert await centre.talk_together(caller, "damien_hebert")
        await caller.hang_up()
        call = await centre.ended_call_of(caller)
        assert (call["outcome"], call["advisor"]) == ("answered", "damien_hebert")
        assert call["waited_s"] < 2  # the dead one costs him nothing


async def test_no_router_starts_while_another_listed_one_answers(centre: Centre, tmp_path: Path) -> None:
    second = tmp_path / "config"
    shutil.copytree(centre.service.configuration_directory, second)
    document = yaml.safe_load((second / "network.yaml").read_text())
    network = document["network"]
    here = network["routers"][0]
    network["routers"].append(here | {"fastagi_port": NOBODY_LISTENS})
    network["listen"] = {"address": here["address"], "fastagi_port": NOBODY_LISTENS}
    network["status"]["port"] += 1
    network["state_directory"], network["control_socket"] = str(tmp_path / "state"), str(tmp_path / "control.sock")
    (second / "network.yaml").write_text(yaml.safe_dump(document))
    async with asyncio.timeout(20):
        with pytest.raises(ServiceFailed, match=f"another router answers at {here['address']}:4573"):
            await centre.service.command("run", str(second))
    await centre.available("damien_hebert")  # and the first has not noticed
    await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")


@asynccontextmanager
async def _dialplan_of(centre: Centre, site: str, directory: Path) -> AsyncIterator[str]:
    """Inside the block one PBX has the dialplan of the configuration as it stands."""
    service = centre.service
    pbx = service.lab.pbxs[site]
    await service.command(
        "render", str(service.configuration_directory), "--out", str(directory), "--today", service.clock[:10]
    )
    shutil.copy(directory / site / "cti_extensions.conf", pbx.home / "etc")
    try:
        await pbx.cli("dialplan reload")
        yield await pbx.cli("dialplan show cti-ask-v1")
    finally:
        await centre.hang_up_all()
        await pbx.reload()
