"""Accounts for everybody in the lab, with one password."""

import secrets

from cti_router.config import Loaded
from cti_router.database.pool import Pool
from cti_router.web.person import Role
from cti_router.web.signing.accounts import Account, Accounts
from cti_router.web.signing.passwords import hashed

AUDITOR = "audit"


def login_of(person: str) -> str:
    """The login of an advisor or a supervisor, by his id."""
    return person.replace("_", ".")


async def add_accounts(dsn: str, loaded: Loaded) -> dict[str, str]:
    """Each advisor's, each supervisor's and an auditor's; the password of each login."""
    password = f"bonjour-{secrets.randbelow(10**4):04}-{secrets.randbelow(10**4):04}"
    kept = hashed(password)
    advisors = loaded.configuration.advisors
    accounts = [
        *(Account(login_of(id_), who.name, Role.ADVISOR, id_, kept) for id_, who in advisors.items()),
        *(Account(login_of(id_), who.name, Role.SUPERVISOR, None, kept) for id_, who in loaded.supervisors.items()),
        Account(AUDITOR, "Audit interne", Role.AUDITOR, None, kept),
    ]  # fmt: skip
    pool = Pool(dsn, size=1)
    try:
        for account in accounts:
            await Accounts(pool).add(account)
    finally:
        await pool.close()
    return {account.login: password for account in accounts}
