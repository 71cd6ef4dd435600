-- name: lock_migrations
SELECT pg_advisory_lock(hashtext('cti_router migrations'));

-- name: create_migration_table
CREATE TABLE IF NOT EXISTS schema_migration (
    version text PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: applied_migrations
SELECT version, name, checksum FROM schema_migration ORDER BY version;

-- name: record_migration
INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3);
