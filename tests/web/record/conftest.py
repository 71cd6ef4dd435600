"""A database with contributors who have all that a record shows."""

from datetime import date

import pytest

from cti_router.config import load
from deploy.lab.contributors import FictionalContributor, fictional_contributors, fill
from deploy.lab.records import fill_records
from tests.web.kit import EXAMPLE

TODAY = date(2026, 11, 23)


@pytest.fixture
async def contributors(dsn: str) -> list[FictionalContributor]:
    configuration = load(EXAMPLE, {}).configuration
    made = fictional_contributors(200, 1, sorted(configuration.advisors))
    await fill(dsn, made)
    sites = {advisor.id: advisor.site for advisor in configuration.advisors.values()}
    await fill_records(dsn, made, sites, sorted(configuration.motives), TODAY)
    return made
