"""What is expected of real waits: by those ahead alone, told in the status, judged in the metrics."""

from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.words import EMPLOYERS_AT_ROUEN, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]


async def waiting(centre: Centre, count: int) -> list[dict[str, Any]]:
    """The queue, when so many have an expectation."""
    found: list[dict[str, Any]] = []

    async def all_there() -> bool:
        found[:] = [each for each in (await centre.service.status())["queue"] if each["expected_wait"]]
        return len(found) == count

    await centre.service.until(all_there, f"{count} callers wait")
    return found


async def outcomes(centre: Centre) -> float:
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{centre.service.status_url}/metrics")).text
    families = text_string_to_metric_families(text)
    return sum(s.value for family in families for s in family.samples if s.name == "cti_expected_wait_outcomes")


async def test_each_waiting_caller_is_told_by_those_ahead_and_what_became_of_it_counts(centre: Centre) -> None:
    await centre.available(*EMPLOYERS_AT_ROUEN)
    employer = centre.number_of("employer")
    talks = [await centre.ring_in("0199001301"), await centre.ring_in("0199001302", "dieppe")]
    for advisor in EMPLOYERS_AT_ROUEN:
        await centre.answers(advisor)
    before = await outcomes(centre)
    await centre.ring_in(employer)
    await waiting(centre, 1)
    last = await centre.ring_in("0199001304", "rouen")

    first, second = await waiting(centre, 2)
    assert (first["profile"], second["profile"]) == ("employer", "unknown")
    assert [each["expected_wait"]["ahead"] for each in (first, second)] == [0.0, 1.0]
    assert [each["expected_wait"]["advisors"] for each in (first, second)] == [2, 2]
    told = await centre.service.command("status", "--socket", str(centre.service.control_socket))
    assert "inbound " in told
    assert "1 ahead, 2 advisors" in told

    centre.service.phones[EMPLOYERS_AT_ROUEN[0]].forget()
    await talks[0].hang_up()
    await centre.answers(EMPLOYERS_AT_ROUEN[0])
    assert [each["profile"] for each in await waiting(centre, 1)] == ["unknown"]
    assert await outcomes(centre) == before + 1
    await last.hang_up()
