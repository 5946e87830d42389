-- Every statement may run twice (a crash can fall between it and the row that says it ran): IF NOT EXISTS, always.
-- Hashes are UUIDs because that is 16 bytes that read and bind as plain text. No table counts anything:
-- every number is a query over rows deduplicated by key and version (docs/store.md says why).

-- One row per mention and model. `version` is twice the post's rank (versions.ts); a marker with `gone` = 1 has the
-- voided rank twice plus one, so that it beats what it voids and never ties with a row.
-- Background merges stop at 2 GB so that erasing one post never rewrites more than that.
CREATE TABLE IF NOT EXISTS undercurrent.mentions
(
  topic LowCardinality(String),
  topic_version UInt32,
  model LowCardinality(String),
  post UUID,
  version UInt256,
  gone UInt8,
  source LowCardinality(String),
  id String CODEC(ZSTD(1)),
  author UUID,
  at DateTime64(3, 'UTC'),
  received DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  text String CODEC(ZSTD(1)),
  lang LowCardinality(String),
  reply String CODEC(ZSTD(1)),
  quotable UInt8,
  likes Nullable(UInt32),
  reposts Nullable(UInt32),
  copy String CODEC(ZSTD(1)),
  skipped LowCardinality(String),
  sentiment Map(LowCardinality(String), Float32),
  emotion Map(LowCardinality(String), Float32),
  stance Map(LowCardinality(String), Map(LowCardinality(String), Float32)),
  irony Nullable(Float32),
  offensive Nullable(Float32),
  hate Nullable(Float32),
  embedding Array(Float32) CODEC(ZSTD(1)),
  INDEX at_range at TYPE minmax GRANULARITY 1,
  INDEX post_set post TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX author_set author TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, gone)
ORDER BY (topic, topic_version, model, post)
SETTINGS
  fsync_after_insert = 1, fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
  old_parts_lifetime = 2, merge_tree_clear_old_parts_interval_seconds = 1,
  cleanup_delay_period = 2, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 5,
  max_bytes_to_merge_at_max_space_in_pool = 2000000000;

-- What may not come back: versions of a post up to `version`. Kept for ever, without the post's name.
CREATE TABLE IF NOT EXISTS undercurrent.tombstones
(
  post UUID,
  kind Enum8('deleted' = 1, 'edited' = 2),
  version UInt256
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (post, kind)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- What accounts did, each turn of theirs once, so that the order in which turns arrive does not matter. By their
-- never-rotating hash; the wish to be shown also by every hash their posts may carry.
CREATE TABLE IF NOT EXISTS undercurrent.accounts
(
  account UUID,
  kind Enum8('withdrawn' = 1, 'restored' = 2, 'display' = 3),
  at DateTime64(3, 'UTC'),
  wish UInt8
)
ENGINE = ReplacingMergeTree
ORDER BY (account, kind, at)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS undercurrent.counts
(
  post UUID,
  likes UInt32,
  reposts UInt32,
  checked DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(checked)
ORDER BY post
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS undercurrent.gaps
(
  source String,
  since DateTime64(3, 'UTC'),
  until DateTime64(3, 'UTC'),
  reason String
)
ENGINE = ReplacingMergeTree
ORDER BY (source, since, until)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Names of sources, to find a post or a tombstone by id alone; and whose keys this store was written with.
CREATE TABLE IF NOT EXISTS undercurrent.sources
(
  source String
)
ENGINE = ReplacingMergeTree
ORDER BY source
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS undercurrent.identity
(
  fingerprint String
)
ENGINE = ReplacingMergeTree
ORDER BY fingerprint
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
