"""The checks of lesson 11: answers as a learner might write them, right and wrong."""

import numpy as np
import pytest
from answers import test_a_right_answer_is_right, test_a_wrong_answer_is_named  # noqa: F401

from gradcam_lab import check

KINDS, LOOKS = ("doctor", "nurse"), ("man", "woman")
OTHER = {"man": "woman", "woman": "man", "stethoscope": "tray", "tray": "stethoscope"}


def groups(answers, kinds, presented):
    return [[(kinds == kind) & (presented == look) for look in LOOKS] for kind in KINDS]


def table(value):
    """An answer with `value(right, group, answers, kinds)` in each cell."""

    def answer(answers, kinds, presented):
        right = answers == kinds
        return [[value(right, group, answers, kinds) for group in row] for row in groups(answers, kinds, presented)]

    return answer


my_by_group = table(lambda right, group, answers, kinds: right[group].mean())


def by_loop(answers, kinds, presented):
    hits, all_ = np.zeros((2, 2)), np.zeros((2, 2))
    for answer, kind, look in zip(answers, kinds, presented):
        cell = KINDS.index(kind), LOOKS.index(look)
        hits[cell] += answer == kind
        all_[cell] += 1
    return hits / all_


def by_answer(answers, kinds, presented):
    right = answers == kinds
    return [[right[(answers == kind) & (presented == look)].mean() for look in LOOKS] for kind in KINDS]


def my_lift(heat, mask):
    return (heat[mask].mean() / heat.mean()) if heat.any() else 0.0


def as_share(heat, mask):
    return heat[mask].sum() / heat.sum() / (mask.sum() / mask.size) if heat.sum() > 0 else 0.0


def own_share(heat, mask):
    return heat[mask].sum() / heat.sum() if heat.any() else 0.0


def look(scene):
    return scene.things[0].attributes["presentation"]


def other(scene):
    return scene.replace(presentation=OTHER[look(scene)])


def flips(change=other, differ=lambda before, after, scene: before != after, share=np.mean):
    def answer(ask, scenes):
        return share([differ(ask(one), ask(change(one)), one) for one in scenes])

    return answer


def retool(scene):
    return scene.replace(tool=OTHER[scene.things[0].attributes["tool"]])


def of_wrong(ask, scenes):
    return flips()(ask, [one for one in scenes if ask(one) != one.kinds[0]])


RIGHT = [
    ("by_group", my_by_group),
    ("by_group", by_loop),
    ("lift", my_lift),
    ("lift", as_share),
    ("flips", flips()),
    ("flips", lambda ask, scenes: sum(ask(one) != ask(other(one)) for one in scenes) / len(scenes)),
]

WRONG = [
    ("by_group", by_answer, "grouped by the answer instead of the profession"),
    ("by_group", table(lambda right, group, a, k: right[group].sum() / len(right)), "divided by all pictures"),
    ("by_group", table(lambda right, group, a, k: (right & group).mean()), "divided by all pictures"),
    ("by_group", table(lambda right, group, a, k: right[group].sum()), "a number of pictures, not a share"),
    ("by_group", table(lambda right, group, a, k: (a[group] == "doctor").mean()), "how often it says doctor"),
    ("by_group", table(lambda right, group, a, k: 1 - right[group].mean()), "how often it is wrong"),
    ("by_group", table(lambda right, group, a, k: group.mean()), "how large the groups are"),
    ("by_group", lambda *given: np.array(my_by_group(*given)).T, "rows and columns are exchanged"),
    ("by_group", lambda *given: my_by_group(*given)[::-1], "nurses come first"),
    ("lift", own_share, "the share alone"),
    ("lift", lambda heat, mask: own_share(heat, mask) / mask.sum(), "divided by the number of pixels"),
    ("lift", lambda heat, mask: heat[mask].mean(), "the mean heat on the part"),
    ("lift", lambda h, m: h[m].mean() / h[~m].mean() if h.any() else 0, "on the part against beside it"),
    ("lift", lambda h, m: m.mean() / own_share(h, m) if h.any() else 0, "area over heat"),
    ("lift", lambda heat, mask: own_share(heat, mask) - mask.mean(), "minus the area"),
    ("lift", lambda h, m: own_share(h, m) / ((h > 0) | m).mean(), "divided by the area of part and heat together"),
    ("lift", lambda h, m: my_lift(h, m) if h.any() else float("nan"), "a blank map divides by 0"),
    ("lift", lambda h, m: my_lift(h, m) if h.any() else 1, "1 for a blank map"),
    ("lift", lambda h, m: h[m].sum() / m.mean(), "the sum of the heat, not its share"),
    ("lift", lambda h, m: h[m].sum() / max(h[~m].sum(), 1) / m.mean(), "the heat on the part over the heat beside it"),
    ("flips", flips(differ=lambda before, after, scene: after != scene.kinds[0]), "compared with the profession"),
    ("flips", flips(differ=lambda b, a, scene: b != scene.kinds[0] == a), "only from wrong to right"),
    ("flips", flips(differ=lambda b, a, scene: b == a), "the answers that stay"),
    ("flips", flips(differ=lambda b, a, scene: b == "doctor" != a), "only from doctor to nurse"),
    ("flips", flips(differ=lambda b, a, s: (b == s.kinds[0]) - int(a == s.kinds[0])), "how many fewer are right"),
    ("flips", flips(retool), "the tool is changed"),
    ("flips", flips(lambda scene: retool(other(scene))), "hair and tool are changed together"),
    ("flips", flips(lambda scene: scene.replace(presentation="man")), "everybody becomes a man"),
    ("flips", flips(lambda scene: scene.replace(presentation="woman")), "everybody becomes a woman"),
    ("flips", flips(lambda scene: other(scene) and scene), "nothing is changed"),
    ("flips", flips(lambda scene: scene.without("head")), "the head is drawn away"),
    ("flips", flips(share=np.sum), "a number of scenes, not a share"),
    ("flips", flips(share=lambda hits: 100 * np.mean(hits)), "per cent"),
    ("flips", of_wrong, "of the wrong answers only"),
]


def test_two_slips_at_once_are_both_named():
    result = check.flips(flips(retool, share=np.sum))
    assert set(result.slips) == {"the tool is changed", "a number of scenes, not a share"}


@pytest.mark.filterwarnings("ignore:invalid value")
def test_who_slips_and_forgets_the_blank_map_is_told_both():
    for value, slip in (
        (lambda heat, mask: heat[mask].sum() / heat.sum(), "the share alone"),
        (lambda heat, mask: heat[mask].sum() / heat.sum() / mask.sum(), "divided by the number of pixels"),
    ):
        assert set(check.lift(value).slips) == {slip, "a blank map divides by 0"}


def test_a_picture_where_a_scene_is_wanted_is_explained():
    result = check.flips(lambda ask, scenes: ask(scenes[0].picture))
    assert not result
    assert "wants a scene" in result.message


def nothing(*given): ...  # your lines here


@pytest.mark.parametrize("name", ["by_group", "lift", "flips"])
@pytest.mark.parametrize("answer", [None, nothing, 3, lambda *given: 1 / 0, lambda *given: "cat"])
def test_a_check_never_raises(name, answer):
    result = getattr(check, name)(answer)
    assert not result
    assert result.message.startswith("Not")
    assert result.message.startswith("Not yet") == (answer in (None, nothing))
