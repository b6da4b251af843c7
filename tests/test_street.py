"""The street: what is drawn, asked, said, answered, and where the maps of answers and words lie."""

import hashlib
from functools import cache

import numpy as np
import pytest
import torch

import gradcam_lab as gl
from gradcam_lab import LabError
from gradcam_lab.networks.bundled import manifest, preprocess
from gradcam_lab.networks.language import AskedNet
from gradcam_lab.training import street as training
from gradcam_lab.worlds import street, street_words

SCENES = [scene for seed in range(3) for scene in (*street.sample(8, seed), *street.sample(3, seed, things=4))]


def differs(first, second):
    """bool [H, W]: where two scenes' pictures differ."""
    return (first.pixels != second.pixels).any(axis=2)


def one(**fixed):
    return street.sample(1, seed=5, things=("car", "dog"), **fixed)[0]


# ---------------------------------------------------------------------------------------------- the world


def test_a_sample_is_pictures_labels_and_scenes():
    sample = street.sample(8, seed=3)
    assert sample.x.shape == (8, 128, 128, 3) and sample.x.dtype == np.uint8
    assert [list(street.COLOURS)[y] for y in sample.y] == [s.things[0].attributes["colour"] for s in sample]
    assert np.array_equal(sample[2:4].x, sample.x[2:4]) and sample[2:4].captions == sample.captions[2:4]
    assert np.array_equal(street.sample(3, seed=3).x, sample.x[:3]), "a picture depends on how many are drawn"
    assert sample.questions[4] == sample[4].questions
    assert all(scene.kinds[0] == "hydrant" and 2 <= len(scene.kinds) <= 4 for scene in street.sample(60))


def test_pictures_are_the_same_on_every_machine():
    """The weights were trained on these pictures. Whoever changes the drawing trains the networks again."""
    assert hashlib.sha256(street.sample(6, seed="the same").x.tobytes()).hexdigest()[:16] == "0656a90a7d1a22ca"


def test_every_thing_can_be_seen():
    for scene in SCENES:
        for thing in scene.things:
            assert thing.mask.sum() > 60, (scene, thing)
        assert scene.things[0].parts["cap"].sum() > 40 < scene.things[0].parts["body"].sum()


def test_drawing_a_part_or_a_thing_away_changes_pixels_inside_its_mask_alone():
    for scene in SCENES:
        for i, thing in enumerate(scene.things):
            assert set(thing.parts) == set(street.PARTS[thing.kind])
            assert np.array_equal(np.logical_or.reduce(list(thing.parts.values())), thing.mask)
            for part, mask in [*thing.parts.items(), (None, thing.mask)]:
                changed = differs(scene, scene.without(part, thing=i))
                assert not (changed & ~mask).any(), (scene, thing, part)
                assert changed.sum() >= 0.4 * mask.sum(), (scene, thing, part)


def test_changing_a_colour_changes_that_part_alone():
    for scene in SCENES:
        hydrant = scene.things[0]
        for attribute, part in (("cap", "cap"), ("colour", "body")):
            for colour in ("black", "pink"):
                changed = differs(scene, scene.replace(**{attribute: colour}))
                assert not (changed & ~hydrant.parts[part]).any()
                assert changed.any() == (hydrant.attributes[attribute] != colour)
        changed = differs(scene, scene.replace(thing=1, colour="pink"))
        assert not (changed & ~scene.things[1].mask).any()


def test_changing_the_scenery_leaves_the_things():
    scene = one(weather="clear")
    other = scene.replace(palette="night", houses=7, litter=0)
    assert [t.attributes for t in scene.things] == [t.attributes for t in other.things]
    inner = scene.things[0].parts["body"] & ~differs(scene, scene.without(["cap"]))
    assert differs(scene, other).mean() > 0.5
    assert (differs(scene, other) & inner).sum() < 0.3 * inner.sum()


def test_colours_tell_nothing_of_kinds():
    sample = street.sample(3000, seed="colours")
    counts = {kind: dict.fromkeys(street.COLOURS, 0) for kind in street.KINDS}
    for words in sample.words:
        for thing in words:
            counts[thing["kind"]][thing["colour"]] += 1
    for kind, found in counts.items():
        shares = np.array(list(found.values())) / sum(found.values())
        assert abs(shares - 1 / 7).max() < 0.05, kind


@pytest.mark.parametrize(
    "call, nearest",
    [
        (lambda: street.sample(1, things=("carr",)), "'car'"),
        (lambda: street.sample(1, things=("hydrant", "car")), "kind beside the hydrant"),
        (lambda: street.sample(1, things=5), "1 to 4"),
        (lambda: street.sample(1, kinds=[]), "at least one"),
        (lambda: street.sample(1, two_colours="yes"), "True, False or None"),
        (lambda: street.sample(1, color="red"), "'colour'"),
        (lambda: street.sample(1, colour="rde"), "'red'"),
        (lambda: street.sample(1, weather="snowy"), "'snow'"),
        (lambda: one().replace(thing=1, cap="red"), "Only a hydrant"),
        (lambda: one().replace(kind="car"), "stays a hydrant"),
        (lambda: one().replace(thing=1, kind="dgo"), "'dog'"),
        (lambda: one().without("nozzle"), "no part 'nozzle'"),
        (lambda: one().answers("what colour is the hydrent?"), "'what colour is the hydrant?'"),
    ],
)
def test_bad_input_is_one_sentence_with_the_nearest_name(call, nearest):
    with pytest.raises(LabError) as error:
        call()
    assert nearest in str(error.value) and "\n" not in str(error.value)


# -------------------------------------------------------------------------------------- questions and captions

THINGS = [
    {"kind": "hydrant", "colour": "red", "cap": "yellow", "x": 80},
    {"kind": "car", "colour": "blue", "cap": None, "x": 40},
    {"kind": "dog", "colour": "pink", "cap": None, "x": 20},
    {"kind": "dog", "colour": "black", "cap": None, "x": 120},
    {"kind": "cat", "colour": "red", "cap": None, "x": 62},
]


@pytest.mark.parametrize(
    "question, answer",
    [
        ("what colour is the hydrant?", "yellow and red"),
        ("what colour is the body of the hydrant?", "red"),
        ("what colour is the cap of the hydrant?", "yellow"),
        ("what colour is the car?", "blue"),
        ("what colour is the dog?", None),  # of which of the two?
        ("what colour is the bench?", None),
        ("is there a dog?", "yes"),
        ("is there a bench?", "no"),
        ("how many dogs are there?", "2"),
        ("how many benches are there?", "0"),
        ("how many animals are there?", "3"),
        ("where is the car?", "left"),
        ("where is the hydrant?", "right"),
        ("where is the cat?", None),  # in the middle
        ("on which side of the hydrant is the car?", "left"),
        ("on which side of the hydrant is the cat?", "left"),
        ("on which side of the hydrant is the dog?", None),
    ],
)
def test_answers_worked_by_hand(question, answer):
    assert street_words.answer_to(question, THINGS) == answer
    assert dict(street_words.questions(THINGS)).get(question) == answer


def test_some_people_name_one_colour_of_two():
    assert street_words.shares("what colour is the hydrant?", THINGS) == {
        "yellow and red": 0.6,
        "red": 0.2,
        "yellow": 0.2,
    }
    assert street_words.shares("what colour is the car?", THINGS) == {"blue": 1.0}


def test_every_question_can_be_answered_and_every_answer_is_known():
    sample = street.sample(400, seed="words")
    asked = [row for questions in sample.questions for row in questions]
    assert {question for question, _ in asked} == set(street.QUESTIONS)
    assert {answer for _, answer in asked} == set(street.ANSWERS)
    said = {word for captions in sample.captions for caption in captions for word in caption.split()}
    assert said == set(street_words.WORDS) - {"."}


def test_questions_change_with_the_scene():
    scene = one(colour="red", cap="yellow")
    q = "what colour is the hydrant?"
    assert dict(scene.questions)[q] == "yellow and red"
    assert dict(scene.replace(cap="red").questions)[q] == "red"
    assert dict(scene.without("cap").questions)[q] == "red"
    assert q not in dict(scene.without(thing=0).questions)
    assert dict(scene.without(thing=2).questions)["is there a dog?"] == "no"
    assert scene.without("cap").captions[0].startswith("a red hydrant beside a ")


def test_captions_are_true_and_their_facts_can_be_false():
    for words in street.sample(60, seed="captions").words:
        for caption in street_words.captions(words):
            assert all(so for _, so in street_words.facts(caption, words))
    captions = street_words.captions(THINGS)
    assert len(captions) == 8 and "a red hydrant with a yellow cap beside a blue car" in captions

    def wrong(caption):
        return [fact for fact, so in street_words.facts(caption, THINGS) if not so]

    assert wrong("a red hydrant with a yellow cap beside a pink car") == ["car pink"]
    assert wrong("a red hydrant beside a blue car") == ["hydrant cap red"]
    assert wrong("a blue bench beside a black dog") == ["bench there", "bench blue"]
    assert wrong("hydrant red a") == ["grammar"]


# ------------------------------------------------------------------------------------- networks of language


@pytest.fixture
def asked_net():
    torch.manual_seed(0)
    module = AskedNet(
        3,
        ["what", "is", "there"],
        "what is",
        ["what is there?"],
        channels=(4, 6),
        strides=(4, 2),
        kernels=(3, 1),
        places=2,
        width=5,
    )
    for m in module.modules():  # so that batch norm does something
        if isinstance(m, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            m.running_mean.uniform_(-0.1, 0.1)
            m.running_var.uniform_(0.5, 2)
    return gl.Network(module.eval(), ["a", "b", "c"], preprocess(128), name="toy")


@cache
def picture():
    return one().picture


def test_a_question_chooses_the_weights_of_a_linear_head(asked_net):
    module, x = asked_net.module, asked_net.preprocess(picture())[None]
    for sentence in ("what is", "there", "what is there"):
        tokens = torch.tensor([module.tokens(sentence)])
        h = module.read(module.embed(tokens))[1][0]
        y = module.answer(module.gate(h).tanh() * module.project(module.look(x)))
        fixed = module.asked(sentence)
        assert torch.allclose(fixed(x), y, atol=1e-6)
        assert torch.allclose(fixed.fc(fixed.look(x)), y, atol=1e-6)
    assert torch.allclose(module(x), module.asked("what is")(x), atol=1e-6), "asked nothing, it asks its own sentence"
    assert not torch.allclose(module(x), module.asked("there")(x), atol=1e-3)


def test_what_is_asked_is_a_network_of_its_own(asked_net):
    before = {key: value.clone() for key, value in asked_net.module.state_dict().items()}
    with torch.inference_mode():
        asked = asked_net.asked("there")
    assert asked.labels == ["a", "b", "c"] and asked.layers == ["block1", "block2"] == asked_net.layers
    own = {id(p) for p in asked_net.module.parameters()}
    assert not own & {id(p) for p in asked.module.parameters()}, "two threads would put hooks on one layer"
    with torch.no_grad():
        asked.module.block1[0].weight.add_(1)
    assert all(torch.equal(value, before[key]) for key, value in asked_net.module.state_dict().items())


@pytest.mark.parametrize(
    "sentence, said",
    [
        ("what is thre?", "'there'"),
        ("what colour", "cannot read the word 'colour'"),
        ("", "1 to 40 words"),
        ("what " * 41, "given were 41"),
        (7, "a int"),
    ],
)
def test_a_word_that_it_cannot_read_is_one_sentence(asked_net, sentence, said):
    with pytest.raises(LabError) as error:
        asked_net.asked(sentence)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_who_cannot_be_asked_says_so(asked_net):
    pets = gl.load_network("pets")
    for call in (pets.asked, pets.saying, pets.caption, asked_net.caption, asked_net.asked("there").asked):
        with pytest.raises(LabError, match="street-"):
            call("what")
    assert pets.questions == () and asked_net.questions == ("what is there?",)


@pytest.mark.parametrize("aside, away", [(0, 3.5), (4, -0.5)])
def test_a_step_aside_lays_the_map_on_what_it_saw(aside, away):
    module = AskedNet(2, ["a"], "a", channels=(1,) * 4, strides=(2, 2, 1, 2), kernels=(3,) * 4, places=0, aside=aside)
    for i in range(1, 5):
        module.get_submodule(f"block{i}")[0].weight.data.fill_(1)
    found = []
    for at in range(48, 80):
        maps, x = {}, torch.zeros(1, 3, 128, 128)
        x[:, :, at, at] = 1
        handle = module.block4.register_forward_hook(lambda m, i, o, maps=maps: maps.update(A=o))
        with torch.no_grad():
            module.eval()(x)
        handle.remove()
        rows = maps["A"][0, 0].sum(1)
        found.append(float((rows * (8 * torch.arange(16) + 3.5)).sum() / rows.sum()) - at)
    assert np.mean(found) == pytest.approx(away, abs=0.01)


def test_left_and_right_are_told_apart_by_the_places():
    torch.manual_seed(0)
    x = torch.zeros(1, 3, 128, 128)
    x[:, :, 40:80, 10:50] = 1
    for places, same in ((0, True), (2, False)):
        module = AskedNet(3, ["a"], "a", channels=(4, 6), strides=(8, 1), kernels=(3, 3), places=places).eval()
        weights = module.block1[0].weight.data
        weights.copy_((weights + weights.flip(3)) / 2)
        weights = module.block2[0].weight.data
        weights.copy_((weights + weights.flip(3)) / 2)
        assert torch.allclose(module(x), module(x.flip(3)), atol=1e-5) == same


# ---------------------------------------------------------------------------------------- what they have learnt


@cache
def bundled(name):
    return gl.load_network(name, device="cpu")


def noted(name):
    return manifest()["networks"][name]["measured"]


def test_it_answers_questions_as_the_manifest_says():
    """Measured afresh on other pictures, fewer: the bounds leave room for chance."""
    measured = training.measure_vqa(bundled("street-vqa").module, "test", scenes=150, hydrants=40, things=30)
    was = noted("street-vqa")
    assert measured["accuracy"] >= 0.9
    for kind, found in measured["types"].items():
        assert found["accuracy"] >= max(0.8, found["majority"] + 0.2), kind
        assert found["accuracy"] == pytest.approx(was["types"][kind]["accuracy"], abs=0.1), kind
    for part, found in measured["parts"].items():
        assert found["own_share"] >= found["own_area"] + 0.2 and found["pointing"] >= 0.9, part
        assert found["own_share"] == pytest.approx(was["parts"][part]["own_share"], abs=0.06), part
    assert measured["things_pointing"] >= 0.85 and measured["both_on_hydrant"] >= 0.9
    assert measured["both_cap_share"] == pytest.approx(was["both_cap_share"], abs=0.06)


def test_it_tells_what_is_there_as_the_manifest_says():
    measured = training.measure_caption(bundled("street-caption").module, "test", scenes=150, maps=30)
    was = noted("street-caption")
    assert measured["facts_right"] >= 0.85
    assert measured["facts_right"] == pytest.approx(was["facts_right"], abs=0.06)
    for what, found in measured["words"].items():
        assert found["pointing"] >= 4 * found["random_point"], what


def test_measuring_can_fail():
    torch.manual_seed(0)
    measured = training.measure_vqa(training.RECIPES["street-vqa"].build(), "test", scenes=20, hydrants=5, things=4)
    assert measured["accuracy"] < 0.4 and measured["parts"]["cap"]["pointing"] < 0.6
    measured = training.measure_caption(training.RECIPES["street-caption"].build(), "test", scenes=10, maps=3)
    assert measured["facts_right"] < 0.4


def test_an_answer_changes_with_the_paint():
    net, scene = bundled("street-vqa").asked("what colour is the cap of the hydrant?"), one(colour="red", cap="yellow")
    assert net.predict(scene.picture)[0][0] == "yellow"
    assert net.predict(scene.replace(cap="green").picture)[0][0] == "green"
    assert net.predict(scene.replace(colour="green").picture)[0][0] == "yellow"


def test_answers_are_explained_like_classes():
    net, scene = bundled("street-vqa").asked("what colour is the hydrant?"), one(colour="red", cap="yellow")
    atlas = gl.sweep(net, scene.picture, layers=["block4", "block6"], targets=["red", "yellow", "yellow and red"])
    assert atlas["gradcam", "block6", "red"].label == "red"
    cam, gradcam = (gl.explain(net, scene.picture, method, target="red").map for method in ("cam", "gradcam"))
    assert torch.allclose(gradcam, cam.relu() / cam.numel(), atol=1e-6 * float(cam.abs().max())), "the head is linear"
    assert gl.explain(net, scene.picture, "saliency").map.shape == (128, 128)


def test_asked_nothing_it_asks_the_first_question():
    net = bundled("street-vqa")
    picture = one(colour="red", cap="yellow").picture
    assert net.questions == tuple(street.QUESTIONS) and len(net.labels) == len(street.ANSWERS)
    (first, p, _), (again, q, _) = net.predict(picture)[0], net.asked(net.questions[0]).predict(picture)[0]
    assert first == again == "yellow and red" and p == pytest.approx(q, abs=1e-4)
    assert net.asked("What color is the HYDRANT").predict(picture)[0][0] == first


def test_a_caption_is_its_next_words():
    net, scene = bundled("street-caption"), one(colour="red", cap="yellow")
    words = net.caption(scene.picture).split()
    assert words[0] == "a" and "." not in words
    for i in range(1, len(words) + 1):
        assert net.asked(" ".join(words[:i])).predict(scene.picture)[0][0] == [*words, "."][i]


def test_a_whole_caption_has_the_product_of_its_words_probabilities():
    net, scene, caption = bundled("street-caption"), one(colour="red", cap="yellow"), "a red hydrant beside a blue car"
    words = [*caption.split(), "."]
    steps = [net.asked(" ".join(words[:i])) for i in range(1, len(words))]
    p = [{w: p for w, p, _ in s.predict(scene.picture, 99)}[w] for s, w in zip(steps, words[1:], strict=True)]
    e = gl.explain(net.saying(caption), scene.picture)
    assert e.score == pytest.approx(sum(np.log(p)), abs=1e-3)
    true = gl.explain(net.saying(scene.captions[0]), scene.picture)
    assert true.score > e.score and true.heat.any()
