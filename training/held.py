"""Which topics never train, and what each of them is for. Fixed by name before any training; eval/held.ts is the twin.

A topic is held out when crc32("held " + its folded name) % 100 < SHARE (tweets and comments), or by its title as before
(debates). Targets that have a training set of their own are never held out. Roles: crc32("purpose " + folded target) % 20;
`calibrate` fits stance's calibration, `fit` the model-error terms, `check` nothing: it is there to be covered.
"""
import re
import zlib

SHARE = 25
# A topic with one of these words is a training target of another set, or close to one.
TRAINED = set("trump hillary clinton biden sanders bernie cruz russia ukraine abortion atheism climate feminist".split())

# Leave-target-out: trained targets in three folds, with the beginnings of words that tell them and their paraphrases in any set.
FOLDS = {"Russia and Ukraine": "russia ukrain ukran putin zelens kyiv kiev kremlin moscow crimea donbas",
         "abortion and feminism": "abort antiabort prolife prochoice fetus unborn parenthood roe feminis women gender sexis woman female contracep reproductive",
         "atheism and climate": "atheis god religio church faith bible secular climate warming greenhouse carbon emission "
                                "fossil renewable environment christian creationis pope catholic islam muslim"}
PHRASES = {"abortion and feminism": ["pro life", "pro choice", "right to choose"]}


def fold(text):
    """Lower case, letters and digits only, single spaces: `#PlannedParenthood` is `plannedparenthood`."""
    return " ".join(re.sub(r"[^a-z0-9 ]", "", text.lower()).split())


def crc(kind, name):
    return zlib.crc32(f"{kind} {name}".encode())


def is_held(topic):
    name = fold(topic)
    return not TRAINED & set(name.split()) and crc("held", name) % 100 < SHARE


def is_debate_held(title, share):
    return zlib.crc32(title.encode()) % 100 < share


def role(target):
    """The part a held-out target plays: about a quarter, 35 % and 40 % of them."""
    bucket = crc("purpose", fold(target)) % 20
    return "calibrate" if bucket < 5 else "fit" if bucket < 12 else "check"


def slug(name):
    """A fold's name in folders and model ids; eval/folds.ts has the twin."""
    return name.lower().replace(" ", "-")


def is_left(target, names):
    """True for the targets of the folds of these names and for any with a word or phrase that begins like one of theirs."""
    folded = f" {fold(target)}"
    starts = [start for name in names for start in FOLDS[name].split()] + [start for name in names for start in PHRASES.get(name, [])]
    return any(f" {start}" in folded for start in starts)


def apart(target, names):
    """True where neither name occurs in the other as whole words."""
    mine = f" {fold(target)} "
    return not any(f" {name} " in mine or mine in f" {name} " for name in names)
