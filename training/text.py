"""Post text -> the text the tokenizer sees. The twin of analyze/text.ts.

Both files implement the same rules in the same order; test/analyze/text.golden.json holds them
together (`python training/golden.py` here, vitest there). Every pattern is written with explicit
ASCII classes, because \\s, \\w and ignore-case mean different things in Python and JavaScript.
Linear time: input is cut first, no pattern can backtrack over more than one run.
"""
import json
import re
import unicodedata

LONGEST_INPUT = 2000  # code points; 128 tokens never need more
LONGEST_OUTPUT = 1200

_ESCAPE = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})")
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,6});")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " ", "hellip": "...",
          "mdash": "-", "ndash": "-", "rsquo": "'", "lsquo": "'", "ldquo": '"', "rdquo": '"'}
_STYLED = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff]+")
_SPACE = re.compile("[\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_INVISIBLE = re.compile("[\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
                        "\ufff9-\ufffd\ud800-\udfff\U0001f3fb-\U0001f3ff\U000e0000-\U000e007f]+")
_SINGLE = re.compile("[\u2018\u2019\u201b\u2032\u02bc\u00b4`]")
_DOUBLE = re.compile("[\u201c\u201d\u201f\u2033\u00ab\u00bb]")
_LINK = re.compile(r"(?:[hH][tT][tT][pP][sS]?://|[wW][wW][wW]\.)[!-~]+")
_MENTION = re.compile(r"(?<![A-Za-z0-9_])@[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*(?:@[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*)?")
_SEMST = re.compile(r"#[sS][eE][mM][sS][tT](?![A-Za-z0-9_])")
_HASHTAG = re.compile(r"#([A-Za-z0-9_]+)")
_RUN = re.compile(r"([!-/:-~])\1{3,}")
_BOUNDARIES = [(re.compile(r"_+"), " "), (re.compile(r"([a-z])([A-Z])"), r"\1 \2"),
               (re.compile(r"([A-Z])([A-Z][a-z])"), r"\1 \2"), (re.compile(r"([A-Za-z])([0-9])"), r"\1 \2"),
               (re.compile(r"([0-9])([A-Za-z])"), r"\1 \2")]


class EmojiTable:
    """Emoji sequence -> words, greedy longest match. Keys carry no variation selector or skin tone."""

    def __init__(self, names):
        self.names = names
        self.firsts = {key[0] for key in names}
        self.longest = max(map(len, names), default=0)

    @staticmethod
    def read(path):
        with open(path, encoding="utf-8") as file:
            return EmojiTable(json.load(file))


def _from_code(code):
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""


def _escape(match):
    high, low, single = match.groups()
    if single:
        return _from_code(int(single, 16))
    return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))


def _entity(match):
    body = match.group(1)
    if body[0] != "#":
        return _NAMED.get(body, match.group(0))
    return _from_code(int(body[2:], 16) if body[1] in "xX" else int(body[1:]))


def _drop_selectors(text):
    return re.sub("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]", "", text)


def name_emoji(text, table):
    """Emoji become their names; the same one repeated counts twice at most."""
    text = _drop_selectors(text)
    out, at, last, times = [], 0, "", 0
    while at < len(text):
        key = ""
        if text[at] in table.firsts:
            key = next((text[at:at + n] for n in range(min(table.longest, len(text) - at), 0, -1)
                        if text[at:at + n] in table.names), "")
        times = times + 1 if key and key == last else 1
        last = key
        if not key:
            out.append(text[at])
        elif times <= 2:
            out.append(f" {table.names[key]} ")
        at += len(key) or 1
    return "".join(out)


def _split_hashtag(match):
    body = match.group(1)
    for pattern, replacement in _BOUNDARIES:
        body = pattern.sub(replacement, body)
    return "#" + body


def normalise(text, table):
    text = text[:LONGEST_INPUT]
    text = _ENTITY.sub(_entity, _ESCAPE.sub(_escape, text))
    if not text.isascii():
        text = name_emoji(text, table)
        text = _STYLED.sub(lambda m: unicodedata.normalize("NFKC", m.group(0)), text)
    text = _INVISIBLE.sub("", _SPACE.sub(" ", text))
    text = _DOUBLE.sub('"', _SINGLE.sub("'", text)).replace("\u2026", "...")
    text = _SEMST.sub("", _MENTION.sub("@user", _LINK.sub("http", text)))
    text = _RUN.sub(r"\1\1\1", _HASHTAG.sub(_split_hashtag, text))
    return re.sub(" {2,}", " ", text[:LONGEST_OUTPUT]).strip(" ")
