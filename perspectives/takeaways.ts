// The one sentence for who reads no more, several of a kind: as in variants.ts. No number stands in it.
export const takeaways = {
  stance: [
    'More posts are {side} “{T}” than {other}.',
    'On “{T}”, the posts {side} outnumber those {other}.',
    'Posts {side} “{T}” are the larger side.',
  ],
  lead: [
    '{More} posts about {X} are more frequent than {less} ones.',
    'On the whole, {more} posts about {X} outnumber {less} ones.',
    'More posts about {X} are {more} than {less}.',
  ],
  'lead.theme': [
    '{More} posts about {X} are more frequent than {less} ones, and “{t}” is among what comes up.',
    '{More} posts about {X} outnumber {less} ones; “{t}” is a subject that recurs.',
    'The tone about {X} is more {more} than {less}, with “{t}” among the subjects.',
  ],
  theme: [
    'About {X} neither tone leads; “{t}” is among what posts bring up.',
    'Posts about {X} have no clear lean in tone, and “{t}” is a subject that recurs.',
    'No tone prevails about {X}, where “{t}” is one of the subjects raised.',
  ],
  close: [
    'Posts about {X} do not lean clearly either way.',
    'About {X}, neither a negative nor a positive tone leads.',
    'The tone about {X} is too close to call.',
  ],
  neutral: [
    '{Word} of the posts about {X} take neither tone.',
    'Plain statements make up {word} of the posts about {X}.',
    'About {X}, {word} of the posts stay neutral.',
  ],
} as const
