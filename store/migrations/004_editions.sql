-- Paragraphs as they were issued. `body` holds no word, id or author of anyone: posts stand in it by their place in
-- `posts`, which are keyed hashes and are resolved to live posts whenever an edition is read.
CREATE TABLE IF NOT EXISTS undercurrent.editions
(
  topic LowCardinality(String),
  at DateTime64(3, 'UTC'),
  topic_version UInt32,
  model LowCardinality(String),
  since DateTime64(3, 'UTC'),
  until DateTime64(3, 'UTC'),
  body String CODEC(ZSTD(3)),
  posts Array(UUID)
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, at)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1;
