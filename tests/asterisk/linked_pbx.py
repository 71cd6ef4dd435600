"""A PBX that is linked, on the other side of a fake manager interface."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from cti_router.asterisk.pbx import AsteriskPbxs
from tests.asterisk.fake_ami import Conversation, FakeAmi, Received, Script
from tests.asterisk.two_sites import ORGANISATION, deployment

_LISTS = {"Status": "StatusComplete", "DeviceStateList": "DeviceStateListComplete"}


@asynccontextmanager
async def linked_caen(answers: Script) -> AsyncIterator[tuple[AsteriskPbxs, FakeAmi]]:
    """Nobody is on it. What `answers` leaves open is answered as by any PBX."""

    def script(conversation: Conversation, action: Received) -> bool:
        if answers(conversation, action):
            return True
        if (complete := _LISTS.get(action.get("Action"))) is None:
            return False
        conversation.answer(action, "EventList: start")
        conversation.say(f"Event: {complete}", f"ActionID: {action.action_id}")
        return True

    async with FakeAmi(script) as ami, asyncio.TaskGroup() as tasks:
        machines = deployment(caen="127.0.0.1")
        addresses = {"caen": replace(machines.pbxs["caen"], ami_port=ami.port)}
        only = {"caen": ORGANISATION.sites["caen"]}
        pbxs = AsteriskPbxs(replace(ORGANISATION, sites=only), addresses, lambda _fact: None)
        running = tasks.create_task(pbxs.run())
        async with asyncio.timeout(5):
            while not ami.received("DeviceStateList"):  # noqa: ASYNC110 — the peer tells nobody what it received
                await asyncio.sleep(0.01)
        yield pbxs, ami
        running.cancel()
