"""Readers for the labelled sets (formats and licences: the data folder's SOURCES.md).

sentences(root, split) -> {set: [(text, label)]}; label: a class index, or a 0/1 list for ec, goemotions.
pairs(root, split)     -> {set: [(target, text, label)]}; label indexes model.STANCE.
Topics that `held.py` names never train, nor does any post about them: they calibrate, fit and check.
"""
import csv
import gzip
import io
import os
import re
from collections import Counter

from held import apart, fold, is_debate_held, is_held, is_left

csv.field_size_limit(10**7)
ROWS = None  # --smoke reads only so many rows of each set
LEFT = ()  # --leave-out: no target of these folds (held.py) trains or calibrates
TWO_CLASS = {"pstance", "rivals", "argkp", "perspectrum", "ibmcs", "bd"}  # no "neither" label: its logit is masked
LARGE = 25  # posts that make a topic of VAST one that can be measured
LETTERS = {"AGAINST": 0, "NONE": 1, "FAVOR": 2, "UNDERMINE": 0, "SUPPORT": 2, "-1": 0, "0": 1, "1": 2,
           "-2": 0, "2": 2, "negative": 0, "neutral": 1, "positive": 2}
TWEETEVAL_TARGETS = {"abortion": "legalization of abortion", "atheism": "atheism",
                     "climate": "climate change is a real concern", "feminist": "the feminist movement",
                     "hillary": "Hillary Clinton"}


def read_text(*parts):
    path = os.path.join(*parts)
    if not os.path.exists(path):
        path += ".gz"
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as file:
        return file.read().decode("utf-8", "replace")


def lines(*parts):
    return read_text(*parts).rstrip("\n").split("\n")


def table(*parts, delimiter=",", quoting=csv.QUOTE_MINIMAL):
    return list(csv.DictReader(io.StringIO(read_text(*parts), newline=""), delimiter=delimiter, quoting=quoting))


def tabs(*parts):
    """TSV with a header, split on TAB only."""
    head, *rows = (line.rstrip("\r").split("\t") for line in lines(*parts))
    return [dict(zip(head, row)) for row in rows]


def tweeteval(root, task, split):
    texts, labels = (lines(root, "tweeteval", task, f"{split}_{kind}.txt") for kind in ("text", "labels"))
    assert len(texts) == len(labels), task
    return [(text, int(label)) for text, label in zip(texts, labels)]


def ec(root, split):
    name = {"train": "train", "val": "dev", "test": "test-gold"}[split]
    rows = [line.split("\t") for line in lines(root, "semeval2018-task1-ec", f"E-c-En-{name}.txt")[1:]]
    return [(row[1], [int(x) for x in row[2:]]) for row in rows]


def goemotions(root, split):
    out = []
    for line in lines(root, "goemotions", {"val": "dev"}.get(split, split) + ".tsv"):
        text, ids, _ = line.split("\t")
        chosen = {int(i) for i in ids.split(",")}
        out.append((text, [int(i in chosen) for i in range(28)]))
    return out


def sentences(root, split):
    sets = {"emotion4": tweeteval(root, "emotion", split), "ec": ec(root, split), "goemotions": goemotions(root, split)}
    for task in ("irony", "offensive", "hate"):
        sets[task] = tweeteval(root, task, split)
    if split == "train":
        rows, away = tabs(root, "semeval2017-task4", "subtaskA_train.tsv"), held_posts(root)
        sets["sentiment"] = [(r["text"], LETTERS[r["label"]]) for r in rows if fold(r["text"]) not in away]
    else:
        sets["sentiment"] = tweeteval(root, "sentiment", split)
    return {name: rows[:ROWS] for name, rows in sets.items()}


def post_sentiment(root):
    """{folded text: sentiment} of the posts labelled for SemEval-2017 A."""
    return {fold(r["text"]): LETTERS[r["label"]] for r in tabs(root, "semeval2017-task4", "subtaskA_train.tsv")}


def umsab(root, language):
    texts, labels = (lines(root, "umsab", language, f"test_{kind}.txt") for kind in ("text", "labels"))
    return [(text, int(label)) for text, label in zip(texts, labels)]


def two_targets(rows):
    """One triple per target; a tweet that appears twice with its targets swapped counts once."""
    return list(dict.fromkeys((r[f"Target {i}"].strip(), r["Tweet"], LETTERS[r[f"Stance {i}"]])
                              for r in rows for i in (1, 2)))


def tweeteval_stance(root, split):
    code = [1, 0, 2]  # TweetEval: 0 none, 1 against, 2 favor
    return {name: [(target, text, code[label]) for text, label in tweeteval(root, f"stance/{name}", split)]
            for name, target in TWEETEVAL_TARGETS.items()}


def statement(topic):
    """Debate titles and questions, as the statement they put up."""
    topic = topic.strip().rstrip("?.").strip()
    topic = re.sub(r"^This house believes (that )?", "", topic)
    topic = re.sub(r"^This house would ", "we should ", topic)
    topic = re.sub(r"^This house supports ", "we should support ", topic)
    passive = re.match(r"Should (.+?) (be|remain) (.+)", topic)
    if passive and not topic.startswith("Should we"):
        return f"{passive.group(1)} should {passive.group(2)} {passive.group(3)}"
    question = re.match(r"(Should|Is|Are|Do|Does|Can|Will|Has|Have) (we|\S+) (.*)", topic)
    if question and question.group(1) in ("Should", "Can", "Will", "Do") and question.group(2) == "we":
        return f"we {question.group(1).lower()} {question.group(3)}".replace("we do ", "we ")
    return topic


def debates(root, split):
    """IAM and IBM claim stance; a quarter and a half of their topics are held out as `val`."""
    sets = {}
    for name, file, share in (("iam", ("iam", "stance.csv"), 25), ("ibmcs", ("ibmcs", "claim_stance.csv"), 50)):
        rows = [r for r in table(root, *file) if is_debate_held(r["topic"], share) == (split == "val")]
        sets[name] = [(statement(r["topic"]), r["text"], LETTERS[r["stance"]]) for r in rows]
    return sets


def dong(root, split):
    rows = lines(root, "dong2014", f"{split}.raw")
    return [(rows[i + 1].strip(), rows[i].replace("$T$", rows[i + 1].strip()), LETTERS[rows[i + 2].strip()])
            for i in range(0, len(rows) - 2, 3)]


def topic_sentiment(root):
    """Only posts whose sentiment toward the topic was labelled; the topic may be an @account."""
    out = {}
    for name, file in (("ce", "subtaskCE_train.tsv"), ("bd", "subtaskBD_train.tsv")):
        rows = [r for r in tabs(root, "semeval2017-task4", file) if r["label"] in LETTERS]
        out[name] = [(r["topic"].lstrip("@#"), r["text"], LETTERS[r["label"]]) for r in rows]
    return out


def vast(root):
    rows = table(root, "vast", "vast_train_90pct.csv")
    return [(r["new_topic"], r["post"], [0, 2, 1][int(r["label"])]) for r in rows]


def held_pairs(root):
    """{set: triples} of the held-out topics of tweets (SemEval-2017 CE) and of comments (VAST's larger topics)."""
    comments = vast(root)
    large = Counter(fold(t) for t, _, _ in comments)
    return {"ce": [r for r in topic_sentiment(root)["ce"] if is_held(r[0])],
            "vast": [r for r in comments if large[fold(r[0])] >= LARGE and is_held(r[0])]}


def unseen_topics(root):
    """{kind: triples} of every topic that never trained: tweets, comments, debates; `arguments` have no "neither"."""
    held, val, test = held_pairs(root), pairs(root, "val"), pairs(root, "test")
    return {"tweets": held["ce"], "comments": held["vast"], "debates": val["iam"],
            "arguments": val["ibmcs"] + val["argkp"] + test["argkp"]}


def held_posts(root):
    """Folded texts of every post about a held-out topic."""
    both = topic_sentiment(root)
    rows = [r for name in ("ce", "bd") for r in both[name]] + held_pairs(root)["vast"]
    return {fold(text) for topic, text, _ in rows if is_held(topic)}


def without_held(root, sets):
    """The training pairs less every held-out topic, whatever contains its name or is contained in it, and its posts."""
    posts, names = held_posts(root), {fold(t) for rows in held_pairs(root).values() for t, _, _ in rows}
    keep = {t: apart(t, names) for rows in sets.values() for t in {t for t, _, _ in rows}}
    return {name: [r for r in rows if keep[r[0]] and fold(r[1]) not in posts] for name, rows in sets.items()}


def without_left(sets):
    return {name: [r for r in rows if not is_left(r[0], LEFT)] for name, rows in sets.items()}


def pairs(root, split):
    sets = dict(tweeteval_stance(root, split)) | (debates(root, split) if split != "test" else {})
    if split in ("train", "val"):
        sets["pstance"] = [(r["Target"], r["Tweet"], LETTERS[r["Stance"]]) for name in ("trump", "biden", "bernie")
                           for r in table(root, "pstance", f"raw_{split}_{name}.csv")]
        sets["ruw"] = two_targets(table(root, "ruw", f"raw_{split}_Russia_Ukraine.csv"))
    sets["mtsd"] = two_targets(table(root, "mtsd", f"raw_{split}_all_onecol.csv"))
    name = {"val": "dev"}.get(split, split)
    sets["argkp"] = [(r["topic"], r["argument"], LETTERS[r["stance"]]) for r in table(root, "argkp", f"arguments_{name}.csv")]
    if split == "train":
        rows = table(root, "perspectrum", "perspectrum_pairs.tsv", delimiter="\t", quoting=csv.QUOTE_NONE)
        sets["perspectrum"] = [(r["claim"], r["perspective"], LETTERS[r["stance_3"]]) for r in rows if r["stance_3"] in LETTERS]
        sets |= topic_sentiment(root) | {"dong": dong(root, "train"), "vast": vast(root)}
        sets = without_left(without_held(root, sets))
    return {name: rows[:ROWS] for name, rows in sets.items()}
