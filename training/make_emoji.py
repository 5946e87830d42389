"""Writes emoji.json: emoji sequence -> its CLDR short name in English, as plain words.

Source: the PyPI package `emoji` (BSD, names from Unicode CLDR). Variation selectors and skin
tones are taken out of the keys, because text.py and text.ts take them out of the text first.
"""
import json
import re
import sys

import emoji

_SELECTORS = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


def words(key, name):
    text = name.strip(":").replace("_", " ").replace("’", "'").replace("“", "").replace("”", "")
    is_flag = len(key) == 2 and all("\U0001f1e6" <= c <= "\U0001f1ff" for c in key)
    return f"{text} flag" if is_flag else text


def table():
    names = {}
    for sequence, entry in sorted(emoji.EMOJI_DATA.items()):
        key = _SELECTORS.sub("", sequence)
        toned = re.search("[\U0001f3fb-\U0001f3ff]", sequence)
        if key and not toned and not key.isascii():
            names.setdefault(key, words(key, entry["en"]))
    return names


if __name__ == "__main__":
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(table(), file, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        file.write("\n")
