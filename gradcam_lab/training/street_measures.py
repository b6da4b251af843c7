"""What the street networks can do on fresh pictures: right answers, true captions, and where their maps lie."""

from collections import defaultdict
from random import Random

import numpy as np
from scipy import ndimage
from tqdm.auto import tqdm

from .. import measure
from ..explain import explain
from ..networks import Network
from ..networks.bundled import preprocess
from ..worlds import street, street_words

QUESTIONS, COLOURS = street_words.QUESTIONS, street_words.COLOURS


def measure_vqa(module, seed="measure", scenes=1000, hydrants=200, things=200, progress=False):
    """What street-vqa can do, on streets drawn from a seed of their own.

    scenes    for each type of question one question of each scene: `accuracy`; beside it `majority`, of whoever knows
              for each question its most frequent answer and nothing of the picture. Half of the questions whether, or
              how many, are about something that is there.
    hydrants  of two colours, "what colour is the hydrant?": Grad-CAM at the last block for the body's colour and for
              the cap's, in `parts`. `own_share`: of the heat on the hydrant the share on the part of that colour;
              `own_area`: that part's share of the hydrant's area, which heat spread evenly would score;
              `pointing`: the peak lies on that part or at most 4 pixels away; `pointing_strict`: on it;
              `random_point`: what a uniformly random point scores for `pointing`. For both colours together:
              `both_on_hydrant`, the peak lies so on the hydrant, and `both_cap_share`, of the heat on it the cap's
    things    "what colour is the car?" and the like: the peak of the answer's map lies so on that thing

    Intervals have a level of 0.95.
    """
    network = Network(module, street_words.ANSWERS, preprocess(street.SIZE))
    asked = {question: network.asked(question) for question in QUESTIONS}
    found, usual = defaultdict(list), defaultdict(lambda: defaultdict(list))
    sample = street.sample(scenes, f"{seed} scenes")
    for i, scene in enumerate(tqdm(sample, desc="asking", unit="street", disable=not progress)):
        for kind, (question, answer) in _one_of_each(scene.questions, Random(f"{seed}-{i}")).items():
            right = asked[question].predict(scene.picture, top=1)[0][0] == answer
            found[kind].append(right)
            usual[kind][question].append(answer)
    types = {}
    for kind, right in found.items():
        most = sum(max(map(answers.count, answers)) for answers in usual[kind].values())
        types[kind] = {"n": len(right), "accuracy": _round(np.mean(right)), "majority": _round(most / len(right))}

    rows, both = {"body": [], "cap": []}, []
    sample = street.sample(hydrants, f"{seed} hydrants", two_colours=True)
    network = asked["what colour is the hydrant?"]
    for scene in tqdm(sample, desc="parts", unit="street", disable=not progress):
        hydrant = scene.things[0]
        colours = hydrant.attributes["colour"], hydrant.attributes["cap"]
        of_body, of_cap, of_both = explain(network, [scene.picture] * 3, target=[*colours, street_words.pair(*colours)])
        for e, part, other in ((of_body, "body", "cap"), (of_cap, "cap", "body")):
            own, other = hydrant.parts[part], hydrant.parts[other]
            rows[part].append(
                {
                    "own_share": _share(e.heat, own, other),
                    "own_area": _share(np.ones(own.shape), own, other),
                    "pointing": measure.pointing_game(e.heat, own, tolerance=4),
                    "pointing_strict": measure.pointing_game(e.heat, own),
                    "random_point": (ndimage.distance_transform_edt(~own) <= 4).mean(),
                }
            )
        cap = _share(of_both.heat, hydrant.parts["cap"], hydrant.parts["body"])
        both.append((measure.pointing_game(of_both.heat, hydrant.mask, 4), cap))

    pointed = []
    for scene in street.sample(things, f"{seed} things"):
        for question, answer in scene.questions:
            thing = next((t for t in scene.things if question == f"what colour is the {t.kind}?"), None)
            if thing and thing.kind != "hydrant":
                e = explain(asked[question], scene.picture, target=answer)
                pointed.append(measure.pointing_game(e.heat, thing.mask, tolerance=4))
    return {
        "scenes": scenes,
        "types": types,
        "accuracy": _round(np.mean([kind["accuracy"] for kind in types.values()])),
        "hydrants": hydrants,
        "parts": {part: _means(rows[part]) for part in rows},
        "both_on_hydrant": _round(np.mean([on for on, _ in both])),
        "both_cap_share": _round(np.mean([share for _, share in both])),
        "things": len(pointed),
        "things_pointing": _round(np.mean(pointed)),
        "things_pointing_interval": [_round(end) for end in measure.wilson(sum(pointed), len(pointed))],
    }


def _means(rows):
    """The mean of each measure, and the interval of the first."""
    means = {key: _round(np.mean([row[key] for row in rows])) for key in rows[0]}
    first = next(iter(means))
    return means | {f"{first}_interval": [_round(end) for end in measure.mean_interval([row[first] for row in rows])]}


def _one_of_each(questions, random):
    """{type: (question, answer)}: of whether and how many, first the answer by lot, then one of its questions."""
    chosen = {}
    for kind in dict.fromkeys(QUESTIONS.values()):
        rows = [row for row in questions if QUESTIONS[row[0]] == kind]
        if rows and kind in ("there", "count"):
            answer = random.choice(sorted({answer for _, answer in rows}))
            rows = [row for row in rows if row[1] == answer]
        if rows:
            chosen[kind] = random.choice(rows)
    return chosen


def _share(heat, own, other):
    """Of the heat on both the share on the first; an edge pixel of both counts half for each."""
    weight = own.astype(float) / (1.0 * own + other).clip(1)
    total = heat[own | other].sum()
    return float((heat * weight).sum() / total) if total > 0 else 0.0


def measure_caption(module, seed="measure", scenes=1000, maps=150, progress=False):
    """What street-caption can do, on streets drawn from a seed of their own.

    scenes  greedy captions: `facts_right`, the share of right facts (see street_words.facts): of the things named
            whether they are there, their colours, and the caps; `all_right`, captions that are right in everything
    maps    scenes whose true captions are explained word by word, by Grad-CAM at the last block: `pointing`, the peak
            for a word lies on what it names or at most 4 pixels away: a colour and a kind on the thing (a hydrant's
            first colour on its body), a cap's colour on the cap; `random_point`: what a uniformly random point scores

    Intervals have a level of 0.95.
    """
    network = Network(module, street_words.WORDS, preprocess(street.SIZE))
    right, whole = [], []
    for scene in tqdm(street.sample(scenes, f"{seed} scenes"), desc="telling", unit="street", disable=not progress):
        said = [so for _, so in street_words.facts(network.caption(scene.picture), scene.words)]
        right.append(np.mean(said))
        whole.append(all(said))
    words = defaultdict(list)
    for scene in tqdm(street.sample(maps, f"{seed} maps"), desc="words", unit="street", disable=not progress):
        caption = scene.captions[-1]
        for i, word, mask in named(caption, scene):
            e = explain(network.asked(" ".join(caption.split()[:i])), scene.picture, target=word)
            what = "cap" if "cap" in caption.split()[i : i + 2] else "colour" if word in COLOURS else "kind"
            random = (ndimage.distance_transform_edt(~mask) <= 4).mean()
            words[what].append((measure.pointing_game(e.heat, mask, 4), random))
    return {
        "scenes": scenes,
        "facts_right": _round(np.mean(right)),
        "facts_right_interval": [_round(end) for end in measure.mean_interval(right)],
        "all_right": _round(np.mean(whole)),
        "maps": maps,
        "words": {
            what: {"n": len(rows), **dict(zip(("pointing", "random_point"), map(_round, np.mean(rows, 0))))}
            for what, rows in words.items()
        },
    }


def named(caption, scene):
    """[(i, word, mask)] of a true caption: the words that name something of the scene, and where it is."""
    words, found = caption.split(), []
    thing = None
    for i, word in enumerate(words):
        if word in COLOURS and words[i + 1] == "cap":
            found.append((i, word, thing.parts["cap"]))
        elif word in COLOURS:
            thing = next(t for t in scene.things if (t.attributes["colour"], t.kind) == (word, words[i + 1]))
            found.append((i, word, thing.parts["body"] if thing.kind == "hydrant" else thing.mask))
        elif word in street_words.KINDS:
            found.append((i, word, thing.mask))
    return found


def _round(value):
    return round(float(value), 4)
