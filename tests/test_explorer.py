"""The Explorer's kernel side: what it packs, what it accepts, what it does when the page asks for more."""

import io
import json
import struct
import threading
import time

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import gradcam_lab as gl
from gradcam_lab.widgets.atlas import display_of
from gradcam_lab.widgets.bundle import bundle

NAMES = ["cat", "dog", "rabbit", "duck", "fish", "turtle", "stone"]


def to_tensor(picture):
    return torch.from_numpy(np.array(picture.resize((64, 64)), np.float32) / 255).permute(2, 0, 1)


def small_network(pooling=None, seed=0):
    torch.manual_seed(seed)
    module = nn.Sequential(
        nn.Conv2d(3, 6, 3, 2, 1),
        nn.ReLU(),
        nn.Conv2d(6, 8, 3, 2, 1),
        nn.ReLU(),
        pooling or nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, len(NAMES)),
    )
    return gl.Network(module, labels=NAMES, preprocess=to_tensor)


@pytest.fixture(scope="module")
def network():
    return small_network()


@pytest.fixture(scope="module")
def scenes():
    return [*gl.worlds.pets.sample(2, seed=4), gl.worlds.pets.sample(1, seed=5, things=("cat", "dog"))[0]]


@pytest.fixture
def explorer(network, scenes):
    explorer = gl.Explorer(network, scenes)
    assert explorer.wait(20)
    yield explorer
    explorer.close()


def unpack(packed):
    """(index, body) of a pack, read as the browser reads it."""
    (length,) = struct.unpack("<I", packed[:4])
    return json.loads(packed[4 : 4 + length]), packed[4 + length :]


def test_pack_holds_what_explain_gives(explorer, network, scenes):
    index, body = unpack(explorer._pack_0)
    swept = [m for m in gl.METHODS if any(entry["method"] == m for entry in index["maps"])]
    assert {"cam", "gradcam", "counterfactual"} <= set(swept)
    assert len(index["targets"]) >= 5 and index["targets"][0]["index"] == network.predict(scenes[0].picture, 1)[0][2]
    checked = 0
    for entry in index["maps"]:
        if not entry["h"]:
            assert entry["note"]  # no map, and why
            continue
        e = gl.explain(network, scenes[0].picture, entry["method"], entry["layer"], entry["target"])
        stored = np.frombuffer(body, np.uint8, entry["h"] * entry["w"], entry["offset"]).reshape(entry["h"], entry["w"])
        assert abs(stored.astype(int) - e.bytes).max() <= 1  # one pass for all classes may round otherwise
        assert entry["max"] == pytest.approx(max(float(e.map.max()), 0), rel=1e-4)
        assert entry["peak"] is None or np.hypot(*np.subtract(entry["peak"], e.peak)) <= 1.5
        checked += 1
    assert checked > 20


def test_pack_knows_the_truth(explorer, scenes):
    explorer.picture = 2
    assert explorer.wait(20)
    index, body = unpack(explorer._pack_2)
    masks = {NAMES[mask["target"]]: mask for mask in index["masks"]}
    assert set(masks) == {"cat", "dog"}
    for kind, mask in masks.items():
        bits = np.frombuffer(body, np.uint8, -(-mask["width"] * mask["height"] // 8), mask["offset"])
        read = np.unpackbits(bits)[: mask["width"] * mask["height"]].reshape(mask["height"], mask["width"])
        assert np.array_equal(read.astype(bool), scenes[2].mask(kind))
    for entry in index["maps"]:
        if NAMES[entry["target"]] in masks and entry.get("peak"):
            e = explorer.network
            heat = gl.explain(e, scenes[2].picture, entry["method"], entry["layer"], entry["target"]).heat
            mask = scenes[2].mask(NAMES[entry["target"]])
            assert entry["inside"] == pytest.approx(gl.measure.energy_inside(heat, mask), abs=2e-3)
        else:
            assert "inside" not in entry


def test_twins_and_their_reason(explorer):
    index, _ = unpack(explorer._pack_0)
    last = explorer.network.layers[-1]
    gradcam = next(e for e in index["maps"] if (e["method"], e["layer"]) == ("gradcam", last) and e["peak"])
    assert "cam" in gradcam["same"] and "the gradient is the same at every place" in gradcam["because"]
    first = [e for e in index["maps"] if e["layer"] == explorer.network.layers[0] and e["method"] == "gradcam"]
    assert all("cam" not in e.get("same", ()) for e in first)


def test_reason_is_measured_not_assumed(scenes):
    network = small_network(nn.AdaptiveMaxPool2d(1))
    explorer = gl.Explorer(network, scenes[0], methods=["cam", "gradcam"])
    explorer.wait(20)
    index, _ = unpack(explorer._pack_0)
    said = [e["because"] for e in index["maps"] if "because" in e]
    assert said and all("mean gradient is its weight" in text for text in said)
    explorer.close()


@pytest.mark.parametrize(
    "name, value, words",
    [
        ("method", "gradcan", "did you mean 'gradcam'?"),
        ("method", 7, "no method 7"),
        ("method_b", "cma", "did you mean 'cam'?"),
        ("layer", "9", "no layer '9'"),
        ("target", "dgo", "did you mean 'dog'?"),
        ("target", 7, "numbered 0 to 6"),
        ("picture", 3, "a position from 0 to 2"),
        ("picture", True, "a position from 0 to 2"),
        ("opacity", 1.5, "a number from 0 to 1"),
        ("threshold", "high", "a number from 0 to 1"),
        ("colours", "magna", "did you mean 'magma'?"),
        ("view", "sid", "did you mean 'side'?"),
        ("guess", 1, "True or False"),
    ],
)
def test_wrong_values_are_one_sentence(explorer, name, value, words):
    before = getattr(explorer, name)
    with pytest.raises(gl.LabError) as caught:
        setattr(explorer, name, value)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert getattr(explorer, name) == before


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"pictures": []}, "at least one picture"),
        ({"pictures": 5}, "a picture or a list of them"),
        ({"methods": []}, "at least one method"),
        ({"methods": ["gradcan"]}, "did you mean 'gradcam'?"),
        ({"layers": ["nowhere"]}, "no layer 'nowhere'"),
        ({"targets": ["dgo"]}, "did you mean 'dog'?"),
        ({"opacty": 1}, "did you mean 'opacity'?"),
        ({"_strip": []}, "no setting '_strip'"),
        ({"opacity": 2}, "a number from 0 to 1"),
    ],
)
def test_wrong_arguments_are_one_sentence(network, scenes, arguments, words):
    with pytest.raises(gl.LabError, match=words.replace("?", r"\?")):
        gl.Explorer(network, **{"pictures": scenes[0]} | arguments)


def test_settings_and_observing(network, scenes):
    explorer = gl.Explorer(
        network,
        scenes,
        methods=["gradcam", "counterfactual"],
        targets=["dog", "cat"],
        layer=network.layers[0],
        target="cat",
        method="counterfactual",
        view="side",
        opacity=1,
    )
    assert (explorer.target, explorer.method, explorer.layer) == (0, "counterfactual", network.layers[0])
    assert (explorer.view, explorer.opacity) == ("side", 1)
    seen = []
    explorer.observe(lambda change: seen.append((change["name"], change["new"])), ["target", "method"])
    explorer.target = "dog"
    explorer.method = "gradcam"
    explorer.picture = 2
    assert seen == [("target", 1), ("method", "gradcam")]  # classes that were named stay from picture to picture
    with pytest.raises(gl.LabError, match="does not show method 'cam'"):
        explorer.method = "cam"
    e = explorer.explanation()
    assert (e.method, e.label, e.layer) == ("gradcam", "dog", network.layers[0])
    explorer.close()


def test_a_new_picture_starts_with_its_predicted_class(explorer, network, scenes):
    for number in (1, 2, 0):
        explorer.picture = number
        assert explorer.target == network.predict(scenes[number].picture, 1)[0][2]


def test_a_class_outside_the_atlas_is_added(explorer):
    planned = {each["index"] for each in unpack(explorer._pack_0)[0]["targets"]}
    absent = next(i for i in range(len(NAMES)) if i not in planned)
    explorer.target = absent
    assert explorer.wait(10)
    index, _ = unpack(explorer._pack_0)
    assert absent in {each["index"] for each in index["targets"]}
    found = {(e["method"], e["layer"]) for e in index["maps"] if e["target"] == absent}
    assert ("gradcam", explorer.network.layers[0]) in found and ("cam", explorer.network.layers[-1]) in found


def heard(explorer):
    """The messages that the Explorer sends to the page from now on."""
    said = []
    explorer.send = lambda content, buffers=None: said.append(content)
    return said


def png(size=(40, 30)):
    file = io.BytesIO()
    Image.new("RGB", size, (200, 120, 40)).save(file, "PNG")
    return file.getvalue()


def test_upload(explorer):
    said = heard(explorer)
    explorer._on_message(explorer, {"kind": "upload", "name": "mine.png", "serial": 3, "from": 0}, [memoryview(png())])
    assert said == [{"kind": "uploaded", "picture": 3, "serial": 3, "from": 0}]
    assert explorer._strip[3]["name"] == "4: mine"
    explorer.picture = 3
    assert explorer.wait(10) and unpack(explorer._pack_3)[0]["size"] == [40, 30]
    assert explorer.pictures[3].size == (40, 30)


@pytest.mark.parametrize("data", [b"", b"GIF89a no picture", png()[:60], b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_hostile_upload_is_one_sentence(explorer, data):
    said = heard(explorer)
    explorer._on_message(explorer, {"kind": "upload", "name": "x.png", "serial": 1, "from": 0}, [memoryview(data)])
    assert [message["kind"] for message in said] == ["problem"]
    assert said[0]["text"].startswith("x.png: ") and "\n" not in said[0]["text"]
    assert len(explorer.pictures) == 3


@pytest.mark.parametrize("content", [None, 5, {}, {"kind": "nonsense"}, {"kind": "upload"}, {"kind": "class"}])
def test_odd_messages_do_no_harm(explorer, content):
    said = heard(explorer)
    explorer._on_message(explorer, content, [])
    assert all(message["kind"] == "problem" for message in said)


def test_what_the_page_tells_moves_python(explorer):
    explorer.set_state({"picture": 2, "target": 3, "opacity": 0.25})
    # The class that came with the picture stays: the predicted one does not take its place.
    assert (explorer.picture, explorer.target, explorer.opacity) == (2, 3, 0.25)


def test_close_frees_and_ends(network, scenes):
    before = threading.active_count()
    explorer = gl.Explorer(network, scenes)
    explorer.wait(20)
    explorer.close()
    assert all(not page.maps for page in explorer._pages)
    for _ in range(50):
        if threading.active_count() <= before:
            break
        time.sleep(0.02)
    assert threading.active_count() <= before


def test_failing_network_says_so_in_a_sentence(scenes):
    class Broken(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x):
            A = self.conv(x).relu()
            if Broken.angry:
                raise RuntimeError("out of paper\nand of ink")
            return A.mean((2, 3))

    Broken.angry = False
    network = gl.Network(Broken(), labels=list("abcd"), preprocess=to_tensor, layers=["conv"])
    explorer = gl.Explorer(network, scenes[:1], methods=["gradcam"])
    explorer.wait(10)
    Broken.angry = True
    said = heard(explorer)
    explorer._on_message(explorer, {"kind": "upload", "name": "b.png", "serial": 1, "from": 0}, [png()])
    explorer.set_state({"picture": 1})
    assert explorer.wait(10)
    entries = unpack(explorer._pack_1)[0]["maps"]
    assert all("out of paper" in entry["note"] and "\n" not in entry["note"] for entry in entries) and entries
    assert all(message["kind"] != "problem" for message in said)
    explorer.close()


@pytest.mark.parametrize("size", [(28, 28), (128, 96), (448, 300), (1200, 900), (900, 3000), (3000, 7)])
def test_display_picture(size):
    picture = Image.new("RGB", size)
    view = (size[0] // 4, 0, size[0] - size[0] // 5, size[1])
    display, (left, top, right, bottom) = display_of(picture, view)
    assert max(display.size) <= 448
    assert 0 <= left < right <= display.width and 0 <= top < bottom <= display.height
    if max(size) <= 224:
        assert display.width % size[0] == 0 and display.width // size[0] == display.height // size[1]


def test_bundle_is_one_module():
    from gradcam_lab.widgets.explorer import MODULES, Explorer

    text = bundle(*MODULES)
    assert "import " not in [line[:7] for line in text.splitlines()] and text.count("export ") == 1
    assert Explorer._esm == text
    assert "http://" not in text and "https://" not in text and "import(" not in text


def test_repr_is_short_and_stays(explorer):
    assert repr(explorer) == "Explorer(Sequential, 3 pictures)"


@pytest.fixture
def slow_rise(monkeypatch):
    """A method that takes two seconds, in steps."""
    from gradcam_lab.progress import steps
    from gradcam_lab.widgets import filler

    def slow(*arguments):
        for _ in steps(range(200), "waiting"):
            time.sleep(0.01)
        return gl.explain(*arguments)

    monkeypatch.setattr(filler, "explain", slow)


def test_what_nobody_waits_for_is_given_up(explorer, slow_rise):
    explorer.method = "rise"
    time.sleep(0.2)
    assert explorer._work["text"] == "Computing RISE" and 0 < explorer._work["share"] < 1
    explorer.method = "gradcam"
    assert explorer.wait(1)
    assert explorer._work == {}
    assert all(entry["method"] != "rise" for entry in unpack(explorer._pack_0)[0]["maps"])


def test_stop(explorer, slow_rise):
    explorer.method = "rise"
    time.sleep(0.2)
    explorer._on_message(explorer, {"kind": "stop"}, [])
    assert explorer.wait(1)
    time.sleep(0.1)
    assert explorer._work == {"stopped": True}
    explorer.opacity = 0.4  # what needs no computing does not start it again
    time.sleep(0.1)
    assert explorer._work == {"stopped": True}
    explorer.method = "gradcam"
    assert explorer.wait(1)


def test_a_method_without_layer_has_one_map(explorer):
    explorer.method = "saliency"
    assert explorer.wait(20)
    explorer.layer = explorer.network.layers[0]
    assert explorer.wait(20)
    found = [e for e in unpack(explorer._pack_0)[0]["maps"] if e["method"] == "saliency"]
    assert [e["layer"] for e in found] == [""] and found[0]["h"] == 64
