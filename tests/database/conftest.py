"""Tried on a real PostgreSQL."""

from tests.postgres.conftest import away_pool, dsn, empty_dsn, hung_pool, pool, postgres

__all__ = ["away_pool", "dsn", "empty_dsn", "hung_pool", "pool", "postgres"]
