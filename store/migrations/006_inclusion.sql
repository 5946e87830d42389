-- The probability with which the source let us see a post like this (inclusion.ts); shares weigh by its inverse.
ALTER TABLE undercurrent.mentions ADD COLUMN IF NOT EXISTS inclusion Float64 DEFAULT 1;

-- The console's posts as in 005, with it.
CREATE OR REPLACE VIEW undercurrent_shown.posts AS
SELECT
  CAST(m.source, 'String') AS source,
  replaceRegexpOne(m.id, '^(at://|https?://[^/]+/(?:@|users/))[^/]+', '\\1…') AS id,
  CAST(m.topic, 'String') AS topic,
  m.topic_version AS version,
  m.at AS at,
  if(m.quotable = 1 AND m.source NOT IN ('x') AND m.author NOT IN (
    SELECT account FROM undercurrent.accounts WHERE kind = 'display'
    GROUP BY account HAVING argMax(wish, undercurrent.accounts.at) = 0), m.text, '') AS text,
  CAST(m.lang, 'String') AS lang,
  if(c.told = 1, c.likes, m.likes) AS likes,
  if(c.told = 1, c.reposts, m.reposts) AS reposts,
  m.copy AS cluster,
  CAST(m.model, 'String') AS model,
  CAST(m.skipped, 'String') = '' AS scored,
  CAST(m.skipped, 'String') AS skipped,
  CAST(m.sentiment, 'Map(String, Float32)') AS sentiment,
  CAST(m.emotion, 'Map(String, Float32)') AS emotion,
  CAST(m.stance, 'Map(String, Map(String, Float32))') AS stance,
  m.irony AS irony,
  m.offensive AS offensive,
  m.hate AS hate,
  m.inclusion AS inclusion
FROM (
  SELECT post, author, source, id, topic, topic_version, model, at, text, lang, quotable, likes, reposts, copy, skipped,
    sentiment, emotion, stance, irony, offensive, hate, inclusion
  FROM undercurrent.mentions FINAL
  WHERE (topic, topic_version, model) IN (
    SELECT topic, max(topic_version), argMax(model, (topic_version, received))
    FROM undercurrent.mentions WHERE gone = 0 GROUP BY topic)
) AS m
LEFT ANY JOIN (SELECT post, likes, reposts, 1 AS told FROM undercurrent.counts FINAL) AS c ON m.post = c.post;
