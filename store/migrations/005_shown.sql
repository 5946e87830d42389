-- What the console may read, in a database of its own: live posts without authors, and topics. columns.ts says what each
-- column means. Only rows of a topic's newest version and model, so that nothing is counted twice by accident.
CREATE DATABASE IF NOT EXISTS undercurrent_shown ENGINE = Atomic;

-- The account in an id (at://ACCOUNT/..., https://host/@ACCOUNT/..., /users/ACCOUNT/...) gives way to an ellipsis: grouping by
-- it would draw a profile of a person.
-- Texts are "" as in store/shown.ts: for whom not to show, and for sources whose terms let ids alone be passed on.
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
  m.hate AS hate
FROM (
  SELECT post, author, source, id, topic, topic_version, model, at, text, lang, quotable, likes, reposts, copy, skipped,
    sentiment, emotion, stance, irony, offensive, hate
  FROM undercurrent.mentions FINAL
  WHERE (topic, topic_version, model) IN (
    SELECT topic, max(topic_version), argMax(model, (topic_version, received))
    FROM undercurrent.mentions WHERE gone = 0 GROUP BY topic)
) AS m
LEFT ANY JOIN (SELECT post, likes, reposts, 1 AS told FROM undercurrent.counts FINAL) AS c ON m.post = c.post;

CREATE OR REPLACE VIEW undercurrent_shown.topics AS
SELECT
  CAST(m.topic, 'String') AS topic,
  m.topic_version AS version,
  CAST(m.model, 'String') AS model,
  count() AS posts,
  uniqExact(m.author) AS authors,
  countIf(m.skipped = '') AS scored,
  min(m.at) AS earliest,
  max(m.at) AS latest
FROM (SELECT topic, topic_version, model, author, skipped, at FROM undercurrent.mentions FINAL) AS m
GROUP BY m.topic, m.topic_version, m.model;
