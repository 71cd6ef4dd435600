"""The units of the demo's sites, which bring voice messages to the router."""

import asyncio

from deploy.lab.service import Service

_LOOKED_EVERY_S = 1.0


async def bring_messages(service: Service) -> None:
    """A unit beside each PBX from its first message on: six at once would slow the first minute. For ever."""
    started: set[str] = set()
    while True:
        for site, pbx in service.lab.pbxs.items():
            if site not in started and any((pbx.home / "spool" / "cti").glob("*.wav")):
                started.add(site)
                await service.start_unit(site)
        await asyncio.sleep(_LOOKED_EVERY_S)
