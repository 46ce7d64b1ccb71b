-- +goose Up
-- What the polls of a source have taught: how often news comes (items and hours fade over three days, the burst within hours) and how far
-- apart the polls were of late.
ALTER TABLE sources ADD COLUMN rate_items DOUBLE NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN rate_hours DOUBLE NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN rate_burst DOUBLE NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN gap_ms BIGINT NOT NULL DEFAULT 0;
-- What the planner decided, and what it is to know.
ALTER TABLE sources ADD COLUMN floor_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN planned_at BIGINT;
ALTER TABLE sources ADD COLUMN hurried_at BIGINT; -- news was announced, or more pages wait
ALTER TABLE sources ADD COLUMN watched_until BIGINT; -- an agent has the account open
ALTER TABLE quota_buckets ADD COLUMN read_at BIGINT; -- the last call for reading

-- +goose Down
ALTER TABLE quota_buckets DROP COLUMN read_at;
ALTER TABLE sources DROP COLUMN watched_until;
ALTER TABLE sources DROP COLUMN hurried_at;
ALTER TABLE sources DROP COLUMN planned_at;
ALTER TABLE sources DROP COLUMN floor_ms;
ALTER TABLE sources DROP COLUMN gap_ms;
ALTER TABLE sources DROP COLUMN rate_burst;
ALTER TABLE sources DROP COLUMN rate_hours;
ALTER TABLE sources DROP COLUMN rate_items;
