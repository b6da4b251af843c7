"""The command line: what it writes, and that for bad input it writes nothing."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import gradcam_lab as gl
from gradcam_lab.cli import main


@pytest.fixture
def scene(tmp_path):
    file = tmp_path / "scene.png"
    gl.worlds.pets.sample(1, seed=11)[0].picture.save(file)
    return file


def run(*arguments):
    return main([str(a) for a in arguments])


def test_everything_that_the_contract_names(scene, tmp_path, capsys):
    out = tmp_path / "out"
    assert (
        run(
            "explain",
            scene,
            "--class-name",
            "cat",
            "dog",
            "--method",
            "gradcam",
            "--method",
            "counterfactual",
            "--output-dir",
            out,
        )
        == 0
    )
    objects = json.loads((out / "explanations.json").read_text())
    net = gl.load_network("pets")
    cat, dog = net.class_index("cat"), net.class_index("dog")
    expected = {
        f"scene_{m}_{c}_{kind}.png"
        for m in ("gradcam", "counterfactual")
        for c in (cat, dog)
        for kind in ("heat", "overlay")
    }
    assert {p.name for p in out.iterdir()} == expected | {"sheet.png", "explanations.json"}
    assert len(objects) == 4
    for o in objects:
        e = gl.explain(net, scene, method=o["method"], target=o["class_index"])
        assert list(o) == [
            "picture",
            "network",
            "layer",
            "class_index",
            "class_label",
            "score",
            "probability",
            "method",
            "heat_file",
            "overlay_file",
            "peak",
            "share_above_half",
            "note",
        ]
        assert o["picture"] == str(scene) and o["network"] == "pets" and o["layer"] == net.default_layer
        assert o["class_label"] == net.labels[o["class_index"]] and o["score"] == pytest.approx(e.score, rel=1e-5)
        assert o["peak"] == (list(e.peak) if e.peak else None)
        assert o["share_above_half"] == pytest.approx((e.heat >= 0.5).mean())
        assert np.array_equal(np.asarray(Image.open(out / o["overlay_file"])), np.asarray(e.overlay()))
        assert Image.open(out / o["heat_file"]).size == (128, 128)
    assert "sheet.png" in capsys.readouterr().out


def test_the_defaults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("explain") == 0
    (o,) = json.loads((tmp_path / "results" / "explanations.json").read_text())
    assert (
        o["method"] == "gradcam"
        and o["network"] == "pets"
        and o["probability"] == max(p for _, p, _ in gl.load_network("pets").predict(o["picture"]))
    )


def test_other_ways_to_say_it(scene, tmp_path):
    out = tmp_path / "out"
    assert run("explain", "--image-path", scene, "--class-id", 0, 1, "--class-id", 1, "--output-dir", out) == 0
    assert len(json.loads((out / "explanations.json").read_text())) == 2
    assert run("explain", "--method", "gradcam", "counterfactual", scene, "--class-id", 1, "--output-dir", out) == 0
    assert len(json.loads((out / "explanations.json").read_text())) == 2


def test_two_pictures_of_one_name(scene, tmp_path):
    other = tmp_path / "other" / "scene.png"
    other.parent.mkdir()
    gl.worlds.pets.sample(1, seed=12)[0].picture.save(other)
    assert run("explain", scene, other, "--output-dir", tmp_path / "out") == 0
    files = [o["heat_file"] for o in json.loads((tmp_path / "out" / "explanations.json").read_text())]
    assert len(set(files)) == 2


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["nowhere.jpg"], "There is no file nowhere.jpg"),
        (["SCENE", "text.txt"], "not a picture"),
        (["SCENE", "cut.png"], "damaged or cut off"),
        (["SCENE", "--network", "pet"], "did you mean 'pets'"),
        (["SCENE", "--layer-name", "block9"], "did you mean 'block"),
        (["SCENE", "--class-id", "6"], "numbered 0 to 5"),
        (["SCENE", "--class-id", "-1"], "numbered 0 to 5"),
        (["SCENE", "--class-id", "cat"], "whole numbers; given was 'cat'"),
        (["SCENE", "--class-name", "cet"], "did you mean 'cat'"),
        (["SCENE", "--method", "gradcan"], "did you mean 'gradcam'"),
        (["SCENE", "--class-id", "1", "--class-name", "cat"], "not allowed with"),
        (["SCENE", "--weight-path", "nowhere.pth"], "no file of weights"),
        (["SCENE", "--network", "pets-fc", "--method", "cam"], "CAM needs"),
        (["SCENE", "--depth", "3"], "Unrecognized arguments"),
        (["SCENE", "--output-dir", "text.txt"], "is a file"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(arguments, sentence, scene, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("words")
    (tmp_path / "cut.png").write_bytes(scene.read_bytes()[:-2000])
    before = sorted(tmp_path.rglob("*"))
    assert run("explain", *[scene if a == "SCENE" else a for a in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("gradcam-lab: ") and captured.err.count("\n") == 1 and sentence in captured.err
    assert captured.out == "" and sorted(tmp_path.rglob("*")) == before


def test_lists(capsys):
    for arguments, word in (
        (["methods"], "counterfactual"),
        (["networks"], "pets-fc"),
        (["layers", "pets"], "(default)"),
    ):
        assert run(*arguments) == 0
        assert word in capsys.readouterr().out
    assert run("layers", "pats") == 2
    assert run("train", "pats") == 2


def test_as_a_program(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "gradcam_lab", "explain", "nowhere.jpg"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == "gradcam-lab: There is no file nowhere.jpg.\n"
