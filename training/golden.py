"""The golden vectors of normalisation, tokenisation and rows: python training/golden.py [--write]

Without --write: checks text.py, the model folder's tokenizer and corpus.tables against test/analyze/{text,rows}.golden.json;
vitest checks analyze/text.ts and analyze/tokens.ts against the same files. All posts here were written for this file.
`repeat` keeps the file small: the input is the text repeated that many times.
"""
import json
import os
import sys

from tokenizers import Tokenizer

from corpus import POST_TOKENS, TARGET_TOKENS, tables
from text import EmojiTable, normalise

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FILE, ROWS_FILE = (os.path.join(ROOT, "test", "analyze", f"{name}.golden.json") for name in ("text", "rows"))
MODEL = os.path.join(ROOT, "models", "undercurrent-minilm")

CASES = [
    ("plain", "The new bridge opened today, and I like it."),
    ("empty", ""),
    ("only space", " \n\t\u00a0\u3000 "),
    ("newlines", "first line\r\nsecond line\n\n\nthird"),
    ("emoji", "so happy 😂😂😂😂 today ❤️"),
    ("emoji without selector", "love \u2764 and \u2764\ufe0f"),
    ("emoji skin tone", "well done 👏🏽👏🏿 team 👍🏻"),
    ("emoji joined family", "home 👨‍👩‍👧‍👦 at last"),
    ("emoji flags", "match 🇺🇦 against 🇩🇪, not 🇺 alone"),
    ("emoji tag flag", "go 🏴󠁧󠁢󠁥󠁮󠁧󠁿 go"),
    ("emoji keycap", "step 1️⃣ then 2️⃣ then 3"),
    ("emoji between letters", "good😀morning"),
    ("joiner that joins nothing", "a\u200db 😀\u200dx"),
    ("literal escapes", r"don\u2019t worry\u002c it\u2019s fine \ud83d\ude00 \u0041"),
    ("literal escape broken", r"half \ud83d pair, short \u12 and \u0000 nul"),
    ("entities", "salt &amp; pepper &lt;3 &quot;yes&quot; &#39;no&#39; &#x27;hex&#x27; &nbsp;x&hellip;"),
    ("entities odd", "&unknown; &amp;amp; AT&T &#0; &#1114112; &#xD800; &; & &#;"),
    ("mention", "@some_one thanks, @a.b.example and @user@host.example!"),
    ("mention after a dot", ".@someone: hello"),
    ("not a mention", "write to me@place.example or @ home"),
    ("link", "see https://example.org/a?b=c&d=%20e#f and HTTP://EXAMPLE.ORG now"),
    ("link www", "www.example.org/page, really"),
    ("link before CJK", "https://example.org/你好"),
    ("hashtag camel", "#ClimateActionNow and #climateactionnow"),
    ("hashtag capitals", "#NATO #NATOSummit #WHO2024Report #ABCd"),
    ("hashtag underscore digits", "#vote_2026 #covid19 #4thOfJuly #_x_"),
    ("hashtag alone", "# nothing #"),
    ("hashtag semst", "I think so #SemST #semst #SemSTx"),
    ("hashtag non-ASCII", "#école #東京 #Überall"),
    ("cjk", "今日はとても良い天気です。我喜欢这个。"),
    ("korean and arabic", "정말 좋아요 هذا رائع"),
    ("bidi controls", "abc \u202etxet\u202c def \u2066ghi\u2069 \u200fjkl\u200e"),
    ("zero width", "in\u200bvis\u200cible\u2060 \ufeffmark so\u00adft"),
    ("quotes", "\u201cquoted\u201d and \u2018single\u2019 and it\u2019s \u00abso\u00bb \u2026"),
    ("styled letters", "\U0001d5d5\U0001d5e2\U0001d5df\U0001d5d7 \U0001d4b6 \uff26\uff35\uff2c\uff2c"),
    ("runs", "nooooooo!!!!!!!! whyyy ---------- 1000000 ....."),
    ("accents", "Café naïve Zoë São Paulo"),
    ("combining marks", "Z\u0351\u0311a\u0300l\u0323go e\u0301"),
    ("control characters", "a\u0000b\u0007c\u0085d\u009ee"),
    ("long word", "x" * 50 + "yz" * 80),
    ("pathological at signs", "@a@a@a@a", 900),
    ("pathological hashes", "#A1b_", 1500),
    ("pathological ampersands", "&&amp", 2000),
    ("pathological backslashes", "\\u\\ud83d", 1200),
    ("ten thousand characters", "All work and no play, says #TheBoss 😀 &amp; @him. ", 200),
    ("ten thousand emoji", "😀😁", 5000),
    ("one word of ten thousand", "a-b", 3400),
    ("target", "we should not ban #PlasticBags"),
]

ROWS = [("we want it", []), ("we want it", ["peace", "peace talks"]), ("", [""]), ("talks again and again " * 60, ["the plan " * 40, "talks"])]


def build():
    table = EmojiTable.read(os.path.join(MODEL, "emoji.json"))
    tok = None
    if os.path.exists(os.path.join(MODEL, "tokenizer.json")):
        tok = Tokenizer.from_file(os.path.join(MODEL, "tokenizer.json"))
    out = []
    for name, text, *repeat in CASES:
        entry = {"name": name, "text": text, **({"repeat": repeat[0]} if repeat else {})}
        entry["normalised"] = normalise(text * (repeat[0] if repeat else 1), table)
        if tok and len(entry["normalised"]) < 300:
            entry["ids"] = tok.encode(entry["normalised"]).ids
        out.append(entry)
    return out


def build_rows():
    """Rows as the network sees them, of texts that are normalised already."""
    tok = Tokenizer.from_file(os.path.join(MODEL, "tokenizer.json"))
    ids = lambda text, most: tok.encode(text, add_special_tokens=False).ids[:most]
    out = []
    for post, targets in ROWS:
        found = tables([(ids(post, POST_TOKENS - 2), [ids(t, TARGET_TOKENS) for t in targets])], multiple=1)
        out.append({"post": post, "targets": targets} | {k: v[0].tolist() for k, v in zip(("ids", "segments", "positions"), found)})
    return out


def main():
    wrong, count = [], 0
    for path, vectors in ((FILE, build()), (ROWS_FILE, build_rows())):
        count += len(vectors)
        if "--write" in sys.argv:
            with open(path, "w", encoding="ascii") as file:
                file.write("[\n" + ",\n".join("  " + json.dumps(v) for v in vectors) + "\n]\n")
        else:
            with open(path, encoding="ascii") as file:
                wrong += [got.get("name", "row") for got, want in zip(vectors, json.load(file), strict=True) if got != want]
    print(f"{count - len(wrong)} passed, {len(wrong)} failed", *wrong)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
