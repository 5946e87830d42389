// What the console may ask about: the two views of store/migrations/ (005, 006), column by column, in words for a
// person. The gate, the page and docs/sql.md are made from it; a test holds it to the views. Holds no behaviour.

export interface Column {
  name: string
  type: string
  meaning: string
}
export type ShownView = 'posts' | 'topics'

const column = (name: string, type: string, meaning: string): Column => ({ name, type, meaning })

export const shownViews: Record<ShownView, Column[]> = {
  posts: [
    column('source', 'String', 'where it was posted: bluesky, sample, import ...'),
    column('id', 'String', 'its name there, less the account where the name holds one'),
    column('topic', 'String', 'id of the topic; a post of two topics has two rows'),
    column('version', 'UInt32', 'version of the topic: the newest that holds posts'),
    column('at', 'DateTime64', 'when it was posted, UTC'),
    column('text', 'String', 'its words; empty where the author or the source asks not to show them'),
    column('lang', 'String', 'language it was read as: en, de ...; empty where unknown'),
    column('likes', 'Nullable(UInt32)', 'as last counted; NULL where the source does not say'),
    column('reposts', 'Nullable(UInt32)', 'as last counted; NULL where the source does not say'),
    column('cluster', 'String', 'the same for copies of one text: GROUP BY it to count copies'),
    column('model', 'String', 'the model that scored it'),
    column('scored', 'UInt8', '1: it has scores; 0: skipped says why not'),
    column('skipped', 'String', 'language, empty or model_failed; empty where it has scores'),
    column('sentiment', 'Map', "probability by label: sentiment['negative'], ['neutral'], ['positive']"),
    column('emotion', 'Map', "probability by label: emotion['joy'], emotion['anger'] ..."),
    column('stance', 'Map of maps', "by target, then by label: stance['TARGET']['favor'], ['against'], ['neither']"),
    column('irony', 'Nullable(Float32)', 'probability, 0 to 1'),
    column('offensive', 'Nullable(Float32)', 'probability, 0 to 1'),
    column('hate', 'Nullable(Float32)', 'probability, 0 to 1'),
    column('inclusion', 'Float64', 'probability with which its source let us see it; shares weigh by 1 / inclusion'),
  ],
  topics: [
    column('topic', 'String', 'id of the topic'),
    column('version', 'UInt32', 'version of the topic; older ones are listed too'),
    column('model', 'String', 'the model that scored its posts'),
    column('posts', 'UInt64', 'live posts'),
    column('authors', 'UInt64', 'accounts they come from'),
    column('scored', 'UInt64', 'posts that have scores'),
    column('earliest', 'DateTime64', 'time of its first post, UTC'),
    column('latest', 'DateTime64', 'time of its latest post, UTC'),
  ],
}
