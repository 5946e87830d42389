-- What people say of posts. Of one labeller's words about one post the latest counts; an audit label and an active one
-- stand side by side, so that a later correction does not take a post out of the sample it was drawn into.
-- `words` is the hash of the text that was labelled: an edited post has to be labelled again.
CREATE TABLE IF NOT EXISTS undercurrent.labels
(
  topic LowCardinality(String),
  measure LowCardinality(String),
  target String,
  wording String,
  post UUID,
  labeller String,
  sample Enum8('audit' = 1, 'active' = 2),
  words UInt64,
  said Array(LowCardinality(String)),
  probability Float64,
  at DateTime64(3, 'UTC'),
  INDEX post_set post TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (topic, measure, target, post, labeller, sample)
SETTINGS
  index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
  old_parts_lifetime = 2, merge_tree_clear_old_parts_interval_seconds = 1,
  cleanup_delay_period = 2, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 5;
