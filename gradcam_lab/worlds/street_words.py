"""What can be asked and said about a street: questions with their answers, and captions, all of them true.

Everything here reads the attributes of the things, so nothing has to be drawn. `things` is a list of dicts with kind,
colour, x and, for hydrants, cap (None if it was drawn away).
"""

from collections import Counter
from itertools import combinations

from ..errors import LabError, nearest

COLOURS = {
    "yellow": (250, 204, 56),
    "red": (216, 60, 54),
    "blue": (58, 112, 206),
    "green": (72, 164, 88),
    "white": (247, 245, 238),
    "black": (56, 52, 62),
    "pink": (244, 152, 190),
}
KINDS = ("hydrant", "car", "postbox", "bench", "tree", "lamp", "dog", "cat")
OTHERS = KINDS[1:]
PLURALS = {kind: "postboxes" if kind == "postbox" else "benches" if kind == "bench" else kind + "s" for kind in KINDS}
ANIMALS = ("dog", "cat")
CLEAR = 10  # pixels from the middle, or from the hydrant, at which left and right are beyond doubt

ANSWERS = (
    *COLOURS,
    *(f"{one} and {two}" for one, two in combinations(COLOURS, 2)),
    *("yes", "no", "left", "right", "0", "1", "2", "3"),
)

QUESTIONS = {  # question -> its type
    **{f"what colour is the {kind}?": "colour" for kind in KINDS},
    **{f"what colour is the {part} of the hydrant?": "part" for part in ("body", "cap")},
    **{f"is there a {kind}?": "there" for kind in OTHERS},
    **{f"how many {PLURALS[kind]} are there?": "count" for kind in OTHERS},
    "how many animals are there?": "count",
    **{f"where is the {kind}?": "where" for kind in KINDS},
    **{f"on which side of the hydrant is the {kind}?": "side" for kind in OTHERS},
}
"""Every question that can be asked of a street, and its type."""

SHARES = (0.6, 0.2, 0.2)
"""Of a hydrant of two colours: how many people would name both, only the body's, only the cap's."""


def pair(one, two):
    """The answer that names two colours, whichever comes first: "yellow and red"."""
    first, second = sorted((one, two), key=list(COLOURS).index)
    return first if first == second else f"{first} and {second}"


def questions(things):
    """[(question, answer), ...]: all that can be asked of these things and has one true answer."""
    return [(question, answer) for question in QUESTIONS if (answer := answer_to(question, things)) is not None]


def answer_to(question, things):
    """The one true answer, or None where there is none: the colour of a dog that is not there, or of one of two."""
    if question not in QUESTIONS:
        raise LabError(f"Nobody asks {question!r} of a street; {nearest(question, QUESTIONS)}")
    counts = Counter(thing["kind"] for thing in things)
    words = question.rstrip("?").split()
    hydrant = next((thing for thing in things if thing["kind"] == "hydrant"), None)
    kind = QUESTIONS[question]
    if kind == "count":
        many = sum(counts[animal] for animal in ANIMALS) if words[2] == "animals" else counts[_SINGULAR[words[2]]]
        return str(many) if many <= 3 else None
    if kind == "there":
        return "yes" if counts[words[-1]] else "no"
    if kind == "part":
        part = words[-4]
        return hydrant and hydrant["colour" if part == "body" else "cap"]
    if counts[words[-1]] != 1:
        return None
    thing = next(thing for thing in things if thing["kind"] == words[-1])
    if kind == "colour":
        return pair(thing["colour"], thing.get("cap") or thing["colour"])
    middle = 64 if kind == "where" else hydrant and hydrant["x"]
    if middle is None or abs(thing["x"] - middle) < CLEAR:
        return None
    return "left" if thing["x"] < middle else "right"


_SINGULAR = {plural: kind for kind, plural in PLURALS.items()}


def shares(question, things):
    """{answer: share} of what people would answer, most of them the true answer of `answer_to`.

    Asked for the colour of something in two colours, some people name only one of them, as the ten people did who
    answered each question of the VQA data set (Antol et al., VQA, ICCV 2015, section 3).
    """
    answer = answer_to(question, things)
    if answer is None:
        return {}
    if " and " in answer:
        hydrant = next(thing for thing in things if thing["kind"] == "hydrant")
        return dict(zip((answer, hydrant["colour"], hydrant["cap"]), SHARES, strict=True))
    return {answer: 1.0}


def phrase(thing):
    """One thing in words: "a red hydrant with a yellow cap"."""
    cap = thing.get("cap")
    with_cap = f" with a {cap} cap" if cap and cap != thing["colour"] else ""
    return f"a {thing['colour']} {thing['kind']}{with_cap}"


def captions(things):
    """True captions: the hydrant and each of its neighbours, either first; or all there is, where there is no pair."""
    hydrants = [thing for thing in things if thing["kind"] == "hydrant"]
    others = [thing for thing in things if thing["kind"] != "hydrant"]
    if not hydrants or not others:
        return list(dict.fromkeys(phrase(thing) for thing in things))
    said = []
    for other in others:
        one, two = phrase(hydrants[0]), phrase(other)
        said += [f"{one} beside {two}", f"{two} beside {one}"]
    return list(dict.fromkeys(said))


def facts(caption, things):
    """What a caption says, and whether it is so: [(fact, bool), ...].

    For each thing that is named: whether something of its kind is there, whether one of that kind has that colour, and
    whether a cap is named as it is (of a hydrant: not at all where it has one colour). A caption that does not follow
    the grammar has the single fact ("grammar", False).
    """
    said = []
    for named in caption.split(" beside "):
        words = named.split()
        shape = [word if word in ("a", "with", "cap") else "?" for word in words]
        if shape not in (["a", "?", "?"], ["a", "?", "?", "with", "a", "?", "cap"]):
            return [("grammar", False)]
        colour, kind = words[1:3]
        there = [thing for thing in things if thing["kind"] == kind]
        said.append((f"{kind} there", bool(there)))
        said.append((f"{kind} {colour}", any(thing["colour"] == colour for thing in there)))
        if kind == "hydrant" or len(words) > 3:
            cap = words[5] if len(words) > 3 else colour
            said.append((f"{kind} cap {cap}", any(thing.get("cap") == cap for thing in there)))
    return said


WORDS = ("a", *COLOURS, *KINDS, "with", "cap", "beside", ".")
"""The words of the captions; a full stop ends one."""
