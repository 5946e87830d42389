-- Articles of feeds, beside the posts and in no number of theirs: one row for each topic version that an article is about,
-- without its summary. True of an article is what was told of it last (article_words): a row with other words is in no
-- answer, whatever topic it stands in and whoever adds it later. Both leave 90 days after they were received.
CREATE TABLE IF NOT EXISTS undercurrent.articles
(
  topic LowCardinality(String),
  topic_version UInt32,
  article UUID,
  version UInt64,
  words UInt64,
  url String CODEC(ZSTD(1)),
  site String CODEC(ZSTD(1)),
  headline String CODEC(ZSTD(1)),
  at DateTime64(3, 'UTC'),
  received DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (topic, topic_version, article)
TTL toDateTime(received) + INTERVAL 90 DAY
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS undercurrent.article_words
(
  article UUID,
  version UInt64,
  words UInt64,
  received DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(version)
ORDER BY article
TTL toDateTime(received) + INTERVAL 90 DAY
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;
