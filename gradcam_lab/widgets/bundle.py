"""The browser's modules as one, its style sheets too: notebooks load a widget from one text, with no build step."""

import re
from pathlib import Path

_HERE = Path(__file__).parent
_IMPORT = re.compile(r"^import\s[^;]*?from\s+\"\./[\w-]+\.js\";\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def bundle(*names):
    """The modules `names`, in an order in which each comes after those it imports, joined into one ES module.

    Imports between them and their `export` words go; all share one scope, so their top-level names must differ.
    """
    texts = []
    for name in names:
        text = (_HERE / name).read_text(encoding="utf-8")
        texts.append(_EXPORT.sub("", _IMPORT.sub("", text)))
    return "\n".join(texts)


def sheets(*names):
    """The style sheets `names`, one after the other."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)
