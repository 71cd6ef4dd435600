"""Look-ups in the directory, each within its budget. What a caller keyed is never logged."""

import asyncio

import structlog

from cti_router.core.effects import LookUp, LookUpKeyed
from cti_router.core.identity import Contributor, Sought
from cti_router.core.inputs import DirectoryReplied
from cti_router.interfaces import Directory, DirectoryAway

_log = structlog.get_logger()


async def looked_up(directory: Directory, wanted: LookUp | LookUpKeyed, budget_s: float) -> DirectoryReplied:
    """The directory's word; failed when it is away, or takes longer than `budget_s`."""
    by = Sought.NUMBER if isinstance(wanted, LookUp) else Sought.KEYED
    try:
        async with asyncio.timeout(budget_s):
            return DirectoryReplied(wanted.call, await _found(directory, wanted), by=by)
    except (DirectoryAway, TimeoutError) as error:
        _log.warning("lookup_failed", call=wanted.call, by=by, why=str(error) or f"no answer within {budget_s:g} s")
        return DirectoryReplied(wanted.call, (), failed=True, by=by)


async def _found(directory: Directory, wanted: LookUp | LookUpKeyed) -> tuple[Contributor, ...]:
    if isinstance(wanted, LookUp):
        return await directory.find(wanted.e164, wanted.since_at)
    if wanted.siret:
        return await directory.find_by_siret(wanted.siret, wanted.since_at)
    return await directory.find_by_account(wanted.account, wanted.since_at)
