"""Makes stance examples that force the model to read the target.

A labelled triple (target, post, label) is reworded, asked again with its target negated and its label turned, or given
another target of the same set ("neither"); and whole examples are made from templates over noun phrases.
All phrases here were written for this file.
"""
import re

FOR = ["{x}", "{x}", "{x}", "in favor of {x}", "support for {x}", "{x} is right", "{x} is a good thing", "we need {x}",
       "pro {x}", "yes to {x}", "it is right to support {x}", "{x} deserves support", "I support {x}", "the case for {x}",
       "we should support {x}", "more {x}", "stand with {x}", "{x} should be protected", "{x} is useful", "vote for {x}",
       "people should back {x}", "we are better off with {x}", "the fight for {x}", "{x} has to stay", "keep {x}",
       "it is right to defend {x}", "{x} is the answer", "the movement for {x}", "{x} is good for us", "let's have {x}"]
AGAINST = ["against {x}", "no {x}", "no to {x}", "stop {x}", "{x} is wrong", "we should not support {x}", "opposition to {x}",
           "it is wrong to support {x}", "{x} is a mistake", "we do not need {x}", "anti {x}", "down with {x}", "reject {x}",
           "{x} does more harm than good", "I oppose {x}", "get rid of {x}", "{x} must be stopped", "without {x}",
           "{x} is bad", "{x} is dangerous", "people should oppose {x}", "we would be better off without {x}", "resist {x}",
           "the fight against {x}", "{x} has to end", "keep {x} out", "it is wrong to defend {x}", "I do not support {x}",
           "nobody should vote for {x}", "{x} is not the answer", "the movement against {x}", "{x} deserves no support"]
TRUE = ["{x}", "{x}", "{x}", "{x}", "it is true that {x}", "I agree that {x}", "yes, {x}", "it is right that {x}", "indeed {x}",
        "{x}? yes", "the idea that {x} is right", "people who think that {x} are right", "I support the view that {x}",
        "we all know that {x}", "the truth is that {x}", "it makes sense that {x}"]
FALSE = ["it is not true that {x}", "it is wrong to say that {x}", "it is false that {x}", "I do not agree that {x}",
         "no, it is not the case that {x}", "it is a mistake to say that {x}", "nobody should believe that {x}",
         "{x}? no", "the idea that {x} is wrong", "people who think that {x} are wrong", "I am against the view that {x}",
         "it is untrue that {x}", "it is a lie that {x}", "I disagree that {x}", "I doubt that {x}", "it makes no sense that {x}"]
ALIASES = {"Donald Trump": ["Trump", "President Trump", "Trump for president"], "Joe Biden": ["Biden", "voting for Biden"],
           "Bernie Sanders": ["Bernie", "Sanders"], "Hillary Clinton": ["Hillary", "Clinton"], "Ted Cruz": ["Cruz"],
           "the feminist movement": ["feminism", "feminists", "women's rights activism"],
           "legalization of abortion": ["abortion rights", "legal abortion", "the right to an abortion"],
           "atheism": ["not believing in god", "there is no god"], "Russia": ["the Russian government", "Russia in the war"],
           "climate change is a real concern": ["we must act on climate change", "global warming is real"],
           "Ukraine": ["the Ukrainian side", "Ukraine's defence"]}
# Rivals for one office, and what gives away that a post speaks of them. A post for one of them is not for the other.
RIVALS = {"Donald Trump": ["trump", "donald", "potus", "maga"], "Joe Biden": ["biden", "joe"],
          "Bernie Sanders": ["bernie", "sanders"]}
OPPOSITES = {"legalization of abortion": ["banning abortion", "abortion should be illegal", "pro-life laws"],
             "atheism": ["belief in god", "religion", "faith"], "climate change is a real concern": ["climate change is a hoax"],
             "Russia": ["sanctions on Russia"], "the feminist movement": ["anti-feminism"]}
# Framings put together from parts. No part is a key word of a probe (probes.py): not nonsense, mistaken, deny, opposite,
# campaign, end to, turn away, harmful, rejected, "wrong if", "wrong to back".
VIEWS = ["view", "idea", "notion", "argument", "belief", "theory", "statement", "opinion", "suggestion", "message", "position"]
SAYERS = ["people", "everyone", "anybody", "politicians", "the ones", "friends"]
SAY = ["say", "think", "believe", "argue", "keep saying", "insist", "feel"]
DENIALS = ["the {view} that {x} is {bad}", "{x}: that is {bad}", "{sayers} who {say} that {x} got it {bad}", "it is {bad} to {say} that {x}",
           "I {refuse} the {view} that {x}", "we should stop saying that {x}", "far from it that {x}", "contrary to the {view} that {x}",
           "it would be {worse} if {x}", "there is no reason to {say} that {x}", "do not {say} that {x}", "hardly anyone can {say} that {x}",
           "the {view} that {x} does not hold", "the reverse of the {view} that {x}", "not this: {x}", "anything but this: {x}",
           "some {say} that {x}, but that is {bad}", "{bad}: {x}", "I cannot {accept} the {view} that {x}", "evidence against the {view} that {x}",
           "the {view} that {x} has been refuted", "there is nothing in the {view} that {x}", "it would be a pity if {x}",
           "I used to {say} that {x}, but not any longer", "whatever they {say}, it is {bad} that {x}", "who would {say} that {x}? I would not"]
CONSENTS = ["the {view} that {x} is {good}", "{x}: that is {good}", "{sayers} who {say} that {x} got it {good}", "it is {good} to {say} that {x}",
            "I {accept} the {view} that {x}", "we should go on saying that {x}", "it would be {better} if {x}", "in line with the {view} that {x}",
            "there is every reason to {say} that {x}", "exactly this: {x}", "the {view} that {x} holds", "nothing but this: {x}",
            "some {say} that {x}, and that is {good}", "{good}: {x}", "I cannot {refuse} the {view} that {x}", "evidence for the {view} that {x}",
            "the {view} that {x} has been proven", "there is much in the {view} that {x}", "it would be a pity if it were not so that {x}",
            "I used to {say} that {x}, and I still do", "whatever they {say}, it is {good} that {x}", "who would not {say} that {x}? I would"]
OPPOSING = ["{x} is {harm}", "it would be {worse} to support {x}", "it was {worse} to defend {x}", "people should {leave} {x}", "{leave} {x}",
            "the protest against {x}", "the resistance to {x}", "criticism of {x}", "hostility towards {x}", "the case against {x}",
            "enough of {x}", "{x} should be {stopped}", "{x} must be {stopped}", "we have had enough of {x}", "less {x}", "never {x}",
            "{x} makes things worse", "nothing good comes of {x}", "the world would be better without {x}", "the critics of {x}"]
BACKING = ["{x} is {help}", "it would be {better} to support {x}", "people should {join} {x}", "{join} {x}", "the rally for {x}", "praise for {x}",
           "sympathy for {x}", "the friends of {x}", "{x} should be {kept}", "{x} makes things better", "we want more of {x}", "always {x}",
           "the world would be worse without {x}", "{x} does more good than harm", "it would be {worse} to give up {x}", "nothing against {x}"]
PARTS = {"view": VIEWS, "sayers": SAYERS, "say": SAY, "bad": ["false", "wrong", "absurd", "a lie", "untrue", "rubbish", "silly", "unfounded"],
         "good": ["right", "true", "sound", "correct", "fair", "well founded", "sensible"], "refuse": ["dispute", "do not share", "dismiss", "object to"],
         "accept": ["share", "accept", "welcome", "defend"], "worse": ["bad", "a mistake", "terrible", "a disaster", "foolish", "unwise"],
         "better": ["good", "wise", "great", "reasonable", "a relief"], "harm": ["damaging", "toxic", "a threat", "a bad thing", "useless", "a failure"],
         "help": ["helpful", "a blessing", "a success", "a good cause", "important", "worth it"], "leave": ["avoid", "leave", "boycott", "give up", "fight"],
         "join": ["join", "back", "trust", "choose", "help"], "stopped": ["stopped", "blocked", "scrapped", "prevented", "condemned", "refused"],
         "kept": ["kept", "promoted", "praised", "defended", "encouraged"]}
SWAPS = {"ban": "allow", "abolish": "keep", "allow": "ban", "legalize": "outlaw", "legalise": "outlaw", "increase": "reduce", "adopt": "drop",
         "support": "oppose", "abandon": "keep", "introduce": "scrap", "subsidize": "stop paying for", "prohibit": "permit", "banned": "allowed",
         "legal": "illegal", "abolished": "kept", "allowed": "forbidden", "mandatory": "voluntary", "good": "bad", "more": "less",
         "harms": "benefits", "better": "worse", "improve": "damage", "permitted": "prohibited"}
VERB = re.compile(r"\b(should|must|is|are|would|will|can|has|have|was|were|believe|believes|do|does)\b")
MODAL = re.compile(r"\b(should|must|will|would|can)( not)?\b")
BE = re.compile(r"\b(is|are|was|were)( not)?\b")


def lower_first(text):
    """`We should` -> `we should`; names keep their capital (the tokenizer lower-cases anyway)."""
    return text[:1].lower() + text[1:]


def is_statement(target):
    return len(target.split()) > 2 and bool(VERB.search(target))


def denied(target):
    """The statement with its first modal or form of `be` negated, or None."""
    for pattern in (MODAL, BE):
        if pattern.search(target):
            return pattern.sub(lambda m: m[1] if m[2] else f"{m[1]} not", target, count=1)
    return None


def swapped(target):
    """The statement with its first word that has an opposite replaced by it, or None."""
    words = target.split()
    at = next((i for i, w in enumerate(words) if w.lower() in SWAPS), None)
    return None if at is None else " ".join([*words[:at], SWAPS[words[at].lower()], *words[at + 1:]])


def put_together(templates, x, rng):
    return rng.choice(templates).format(x=x, **{name: rng.choice(words) for name, words in PARTS.items()})


def negated(target, rng):
    if target in OPPOSITES and rng.random() < 0.3:
        return rng.choice(OPPOSITES[target])
    kind = rng.random()
    if not is_statement(target):
        x = rng.choice(ALIASES.get(target, []) + [target])
        return rng.choice(AGAINST).format(x=x) if kind < 0.45 else put_together(OPPOSING, x, rng)
    x = lower_first(target)
    inner = denied(target) if kind < 0.25 else swapped(target) if kind < 0.4 else None
    return inner or (rng.choice(FALSE).format(x=x) if kind < 0.65 else put_together(DENIALS, x, rng))


def reworded(target, rng):
    if target in ALIASES and rng.random() < 0.4:
        target = rng.choice(ALIASES[target])
    kind = rng.random()
    if is_statement(target):
        x = lower_first(target)
        return rng.choice(TRUE).format(x=x) if kind < 0.55 else put_together(CONSENTS, x, rng)
    return rng.choice(FOR).format(x=target) if kind < 0.6 else put_together(BACKING, target, rng)


def far(other, target, post):
    """True where no content word of `other` occurs in the target or the post."""
    content = set(other.lower().split()) - {"the", "of", "a", "we", "should"}
    return not content & set(re.findall(r"[a-z0-9]+", f"{target} {post}".lower()))


def turned(label):
    """The label toward the opposed target; a label may be a tuple: one of them, nobody knows which."""
    return tuple(2 - k for k in label) if isinstance(label, tuple) else 2 - label


def vary(triple, targets, nouns, rng):
    """Training examples from a labelled triple: one, or two that ask the same post about a target and about its opposite.

    `targets` are the others of its set, if they may be confused.
    """
    target, post, label = triple
    draw = rng.random()
    if draw < 0.06:
        other = rng.choice(targets if targets and draw < 0.04 else nouns)
        if far(other, target, post):
            return [(reworded(other, rng), post, 1)]
    plain = target if draw < 0.4 else twice(target, rng) if draw < 0.48 else reworded(target, rng)
    opposed = (negated(target, rng), post, turned(label))
    return [(plain, post, label), opposed] if rng.random() < 0.5 else [(plain, post, label)]


def twice(target, rng):
    """Opposed and opposed again: the target's own side, said the long way."""
    once = negated(target, rng)
    return negated(once, rng) if is_statement(once) else reworded(target, rng)


def absent(triple):
    """The rivals whom a post about one does not name."""
    target, post, _ = triple
    return [name for name, words in RIVALS.items() if target in RIVALS and name != target and not any(w in post.lower() for w in words)]


def rival(triple, rng):
    """The post, which takes a side, asked about a rival whom it does not name.

    A post for one politician is against the rival (of two sides, as P-Stance asks; "neither" does not count); one against him or her
    is not against the rival too: for, or neither.
    """
    _, post, label = triple
    other, sides = rng.choice(absent(triple)), 0 if label == 2 else (1, 2)
    return (reworded(other, rng), post, sides) if rng.random() < 0.6 else (negated(other, rng), post, turned(sides))


PRO = ["I fully support {x}", "{x} is exactly what we need", "Proud to stand with {x} today", "We need {x} now", "{x} now!",
       "Say what you want, {x} is the best thing that happened to us", "Yes to {x}!", "So glad about {x}", "{x} saves lives",
       "Everyone who attacks {x} is wrong", "I will always defend {x}", "Thank you {x}", "#I Stand With {x}", "#Yes To {x}",
       "Finally some good news: {x}. About time", "Those who oppose {x} have no idea what they talk about",
       "{x} works. The numbers show it.", "How can anyone be against {x}?", "love {x}", "more of {x} please",
       "My family is better off because of {x}", "{x} deserves our vote", "we can't go on without {x}"]
CON = ["I am totally against {x}", "{x} is a disaster", "Stop {x} now", "No to {x}!", "{x} has to go", "enough of {x}",
       "{x} ruins everything it touches", "I can't believe people still defend {x}", "Shame on {x}", "#Stop {x}", "#No {x}",
       "Nobody asked for {x}", "Say no to {x}", "{x} is the worst idea in years", "We are paying for {x} and get nothing back",
       "so tired of {x}", "Anyone who supports {x} should be ashamed", "{x} costs lives", "get rid of {x} already",
       "My town was better before {x}", "why would anybody want {x}?", "{x} is a scam", "we would be fine without {x}"]
NEITHER = ["There is a meeting about {x} at 6 pm", "Reading an article on {x}", "What do you think about {x}?",
           "New report on {x} published today", "Some are for {x}, some against, I have not made up my mind",
           "{x} is in the news again", "Can someone explain {x} to me?", "Debate on {x} starts at noon", "{x}: what we know so far"]
CONTRAST = ["Forget {y}, we need {x}", "{x} instead of {y}, please", "{x} over {y} any day", "{y} is a mess, {x} is the answer",
            "Stop wasting money on {y} and pay for {x}", "I used to believe in {y}, now I am for {x}", "no {y}, yes {x}"]
BAN = ["{x} should be banned", "ban {x}", "we should abolish {x}", "we must get rid of {x}", "{x} should be illegal", "end {x}",
       "we should limit {x}", "a ban on {x}", "it is wrong to allow {x}", "we should not have {x}"]
ALLOW = ["{x} should be allowed", "keep {x}", "legalize {x}", "we should promote {x}", "{x} must stay", "{x} should be legal",
         "we should fund {x}", "{x} is worth it", "it is right to allow {x}", "we should have {x}"]


def framed(noun, label, rng):
    """A target about the noun, and the label turned with it where the frame opposes the noun."""
    kind = rng.random()
    if kind < 0.3:
        return noun, label
    if kind < 0.48:
        return rng.choice(FOR).format(x=noun), label
    if kind < 0.6:
        target = rng.choice(ALLOW).format(x=noun)
    else:
        target, label = rng.choice(AGAINST if kind < 0.8 else BAN).format(x=noun), 2 - label
    if is_statement(target) and rng.random() < 0.3:
        return negated(target, rng), 2 - label
    return target, label


NAME = re.compile(r"(?<=[a-z0-9,;:] )[A-Z][a-z]+(?: [A-Z][a-z]+)*|(?<=#)[A-Za-z]{4,}")


def unasked(post, others, rng):
    """A target nobody was asked about: mostly a name in the post, else one of `others`; often reworded or opposed."""
    named = NAME.findall(post)
    target = rng.choice(named) if named and rng.random() < 0.6 else rng.choice(others)
    kind = rng.random()
    return target if kind < 0.5 else reworded(target, rng) if kind < 0.75 else negated(target, rng)


def synthetic(nouns, rng):
    x, y, z = rng.sample(nouns, 3)
    kind = rng.random()
    if kind < 0.25:
        post, about, label = rng.choice(CONTRAST).format(x=x, y=y), *rng.choice([(x, 2), (y, 0), (z, 1)])
    else:
        templates, label = rng.choice([(PRO, 2), (CON, 0), (PRO, 2), (CON, 0), (NEITHER, 1)])
        post, about = rng.choice(templates).format(x=x), x
        if rng.random() < 0.15:
            about, label = y, 1
    target, label = framed(about, label, rng)
    return target, post, label


def noun_phrases(triples):
    """Short targets that are no statement, from the sets' own target names."""
    names = {t.strip().lower() for t, _, _ in triples if not is_statement(t)}
    return sorted(n for n in names if 1 <= len(n.split()) <= 5 and 3 <= len(n) <= 40)
