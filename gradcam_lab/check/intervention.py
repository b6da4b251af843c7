"""The last exercise of lesson 11: how often does an answer flip with hair and face, and nothing else?"""

from random import Random

import numpy as np

from ..worlds import clinic
from ..worlds.scene import Scene
from .engine import Case, Exercise, Slip, Stage, mark

KINDS = clinic.KINDS


def _share(hits, some):
    return hits[some].sum() / max(some.sum(), 1)


def _look(scene):
    return scene.things[0].attributes["presentation"]


def _other_look(scene):
    return scene.replace(presentation=clinic.OTHER[_look(scene)])


def _other_tool(scene):
    return scene.replace(tool=clinic.OTHER[scene.things[0].attributes["tool"]])


def _flips(answer, scenes, change, count, share):
    before, after = ([answer(one) for one in some] for some in (scenes, [change(one) for one in scenes]))
    truth = np.array([one.kinds[0] for one in scenes])
    before, after = np.array(before), np.array(after)
    return share(count(before, after, truth), before == truth)


FLIPS = Exercise(
    name="flips",
    answer="one number from 0 to 1",
    solve=_flips,
    stages={
        "change": Stage(
            _other_look,
            (
                Slip(
                    "the tool is changed",
                    "Change hair and face alone, replace(presentation=...); the tool stays.",
                    _other_tool,
                ),
                Slip(
                    "hair and tool are changed together",
                    "Then nobody knows which of the two it was. One thing at a time: replace(presentation=...).",
                    lambda scene: _other_tool(_other_look(scene)),
                ),
                Slip(
                    "everybody becomes a man",
                    "A man who becomes a man stays as he was, and cannot flip. Each becomes the other.",
                    lambda scene: scene.replace(presentation="man"),
                ),
                Slip(
                    "everybody becomes a woman",
                    "A woman who becomes a woman stays as she was, and cannot flip. Each becomes the other.",
                    lambda scene: scene.replace(presentation="woman"),
                ),
                Slip(
                    "nothing is changed",
                    "replace gives a new scene and leaves the old one as it is: ask about the new one.",
                    lambda scene: scene,
                ),
                Slip(
                    "the head is drawn away",
                    "Then the network is asked about somebody without a head. The other hair and face: "
                    "replace(presentation=...).",
                    lambda scene: scene.without("head"),
                ),
                Slip(
                    "the profession is changed",
                    "replace(kind=...) hands over the other trade's tool. Hair and face: replace(presentation=...).",
                    lambda scene: scene.replace(kind=KINDS[1 - KINDS.index(scene.kinds[0])]),
                ),
            ),
        ),
        "count": Stage(
            lambda before, after, truth: before != after,
            (
                Slip(
                    "compared with the profession",
                    "That counts wrong answers. A flip is an answer that is not what it was: compare before and after.",
                    lambda before, after, truth: after != truth,
                ),
                Slip(
                    "the wrong answers before",
                    "That counts wrong answers. A flip is an answer that is not what it was: compare before and after.",
                    lambda before, after, truth: before != truth,
                ),
                Slip(
                    "only from wrong to right",
                    "Right answers that turn wrong are flips as well: before != after.",
                    lambda before, after, truth: (before != truth) & (after == truth),
                ),
                Slip(
                    "only from right to wrong",
                    "Wrong answers that turn right are flips as well: before != after.",
                    lambda before, after, truth: (before == truth) & (after != truth),
                ),
                Slip(
                    "only from doctor to nurse",
                    "From nurse to doctor is a flip as well: before != after.",
                    lambda before, after, truth: (before == "doctor") & (after == "nurse"),
                ),
                Slip(
                    "only from nurse to doctor",
                    "From doctor to nurse is a flip as well: before != after.",
                    lambda before, after, truth: (before == "nurse") & (after == "doctor"),
                ),
                Slip(
                    "the answers that stay",
                    "A flip is where the two differ: !=.",
                    lambda before, after, truth: before == after,
                ),
                Slip(
                    "how many more are called doctors",
                    "Flips in both directions cancel in such a difference. Compare scene by scene: before != after.",
                    lambda before, after, truth: (after == "doctor").astype(int) - (before == "doctor"),
                ),
                Slip(
                    "how many fewer are right",
                    "Some answers turn right, some turn wrong, and in such a difference they cancel. Compare scene by "
                    "scene: before != after.",
                    lambda before, after, truth: (before == truth).astype(int) - (after == truth),
                ),
            ),
        ),
        "share": Stage(
            lambda hits, right: hits.mean(),
            (
                Slip(
                    "a number of scenes, not a share",
                    "Divide by how many there are.",
                    lambda hits, right: hits.sum(),
                ),
                Slip(
                    "per cent",
                    "Right, but a hundred times too large: expected is a share from 0 to 1.",
                    lambda hits, right: 100 * hits.mean(),
                ),
                Slip(
                    "of the wrong answers only",
                    "Divide by all scenes: a right answer that hangs on hair is a flip, too.",
                    lambda hits, right: _share(hits, ~right),
                ),
                Slip(
                    "of the right answers only",
                    "Divide by all scenes: a wrong answer that hangs on hair is a flip, too.",
                    lambda hits, right: _share(hits, right),
                ),
                Slip(
                    "one answer for each scene, not their mean",
                    "Take the mean over the scenes.",
                    lambda hits, right: hits.astype(float),
                ),
            ),
        ),
    },
    cases=(
        Case("a network that goes by hair and tool", lambda: _asked(1, 37, hair=1.5, tool=1.5)),
        Case("one for which hair means the reverse above a coat", lambda: _asked(4, 53, 2.5, 0.8, coat=-1)),
        Case("one that goes by the tool", lambda: _asked(3, 29, hair=0, tool=3)),
    ),
    praise="Hair and face alone did that: nothing else was changed.",
    told="you returned {mine}, the share is {right}",
)


def flips(answer):
    """Lesson 11. `answer(ask, scenes)` -> the share of scenes for which `ask(scene)`, "doctor" or "nurse", changes when
    hair and face alone become the other presentation's."""
    return mark(FLIPS, answer)


def _asked(seed, n, hair, tool, coat=1):
    """(ask, scenes): a stand-in for a network, that reads what a scene was drawn from; nothing has to be drawn.

    hair, tool  how much a man's hair and face, and a stethoscope, speak for "doctor"
    coat        what hair counts for somebody in a coat or a cardigan, as a factor
    """

    def ask(scene):
        if not isinstance(scene, Scene):
            raise TypeError(f"ask(scene) wants a scene, not its picture and no list; given: {type(scene).__name__}")
        one = scene.things[0].attributes
        speaks = {"man": 0.5, "woman": -0.5}[one["presentation"]] * ("head" not in one["left_out"]) * hair
        speaks *= coat if one["garment"] in ("coat", "cardigan") else 1
        speaks += tool * {"stethoscope": 0.5, "tray": -0.5, "nothing": 0.0}[one["tool"]]
        return "doctor" if speaks + Random(f"{seed} {one['x']}").gauss(0.2, 1) > 0 else "nurse"

    return ask, list(clinic.sample(n, f"check {seed}", borrowed=0.25))
