"""PostgreSQL as in tests/postgres."""

from tests.postgres.conftest import away_pool, dsn, empty_dsn, memory, pool, postgres, spool

__all__ = ["away_pool", "dsn", "empty_dsn", "memory", "pool", "postgres", "spool"]
