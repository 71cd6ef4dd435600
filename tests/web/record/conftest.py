"""A database with contributors who have all that a record shows."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cti_router.config import load
from deploy.lab.contributors import FictionalContributor, fictional_contributors, fill
from deploy.lab.filling import fill_past, fill_records
from deploy.lab.past import fictional_past
from deploy.lab.records import fictional_records
from tests.web.kit import EXAMPLE

BEGINS_AT = datetime(2026, 11, 23, 8, 30, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.fixture
async def contributors(dsn: str) -> list[FictionalContributor]:
    configuration = load(EXAMPLE, {}).configuration
    made = fictional_contributors(200, 1, sorted(configuration.advisors))
    await fill(dsn, made)
    sites = {advisor.id: advisor.site for advisor in configuration.advisors.values()}
    await fill_records(dsn, fictional_records(made, 1, BEGINS_AT.date()))
    await fill_past(dsn, fictional_past(made, 1, BEGINS_AT, sites, next(iter(configuration.numbers))))
    return made
