"""The pages' rooms are tried on a real database."""

from tests.postgres.conftest import away_pool, dsn, empty_dsn, pool, postgres

__all__ = ["away_pool", "dsn", "empty_dsn", "pool", "postgres"]
