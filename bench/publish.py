"""Puts results between marks in the two READMEs; what stands outside of the marks stays."""

import os

import report

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PARTS = (("bench/README.md", "begin", "end", report.summary),
         ("README.md", "performance begin", "performance end", report.brief))


class NoMarks(Exception):
    """A README lost its marks, or has them twice."""


def between(text, begin, end, new):
    """`text` with `new` in place of what is between the two marks, which stay."""
    # Lines of their own: a sentence may speak of a mark.
    lines = text.splitlines(keepends=True)
    places = [[number for number, line in enumerate(lines) if line.strip() == f"<!-- {name} -->"]
              for name in (begin, end)]
    if [len(found) for found in places] != [1, 1] or places[0] > places[1]:
        raise NoMarks(f"there must be one '<!-- {begin} -->' and one '<!-- {end} -->' behind it")
    (first,), (last,) = places
    return "".join(lines[:first + 1]) + new + "".join(lines[last:])


def write(document):
    """Both files or, when one has no marks, none.  Returns their paths."""
    written = {}
    for path, begin, end, render in PARTS:
        with open(os.path.join(ROOT, path)) as file:
            text = file.read()
        try:
            written[path] = between(text, begin, end, render(document))
        except NoMarks as problem:
            raise NoMarks(f"{path}: {problem}") from None
    for path, text in written.items():
        with open(os.path.join(ROOT, path), "w") as file:
            file.write(text)
    return list(written)
