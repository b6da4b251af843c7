"""The Explorer where learners meet it: in JupyterLab, in a real browser."""

import re
import statistics
from pathlib import Path

import numpy as np
import pytest
from pages import embedded, fits, pixels_of, read_by_day_and_night, settle, wait_moved, watch_moves
from PIL import Image

import gradcam_lab as gl
from gradcam_lab.widgets.atlas import display_of

ROOT = Path(__file__).parents[2]

# One text for the notebook's kernel and for this process: both hold the same network and the same pictures.
SETUP = """
import torch
from torch import nn
from torchvision.transforms import functional
import gradcam_lab as gl

torch.manual_seed(5)
torch.set_num_threads(1)
module = nn.Sequential(
    nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 12, 3, 2, 1), nn.ReLU(), nn.Conv2d(12, 16, 3, 2, 1), nn.ReLU(),
    nn.Conv2d(16, 16, 3, 1, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 8),
)
names = ["cat", "dog", "rabbit", "duck", "fish", "turtle", "stone", "cloud"]
net = gl.Network(module, labels=names, preprocess=functional.to_tensor)
scenes = [gl.worlds.pets.sample(1, seed=2)[0], gl.worlds.pets.sample(1, seed=1, things=("cat", "dog"))[0]]
pictures = [*scenes, gl.load_picture(scenes[1].pixels[:90])]
"""
SHOW = "ex = gl.Explorer(net, pictures)\nex"
HERE = {}
exec(SETUP, HERE)
net, pictures = HERE["net"], HERE["pictures"]
LAYER = ".gcl-section input[type=range]"  # the first slider


@pytest.fixture(scope="module")
def book(lab):
    """A notebook with an Explorer on it."""
    opened = lab.open([SETUP, SHOW], "explorer")
    opened.page.wait_for_selector(".gcl-canvas")
    wait_drawn(opened.page)
    yield opened
    opened.close()


def wait_drawn(page):
    """Until the canvas shows a picture."""
    page.wait_for_function("() => { const c = document.querySelector('.gcl-canvas'); return c && c.width > 200; }")


def choose(page, view):
    page.locator(".gcl-choices label", has_text=view).click()


def canvas_of(page, number=0):
    """The canvas's pixels, uint8 [H, W, 3]."""
    url = page.evaluate("(i) => document.querySelectorAll('.gcl-canvas')[i].toDataURL('image/png')", number)
    return pixels_of(url)


def expected(picture, method, layer, target, opacity, colours):
    e = gl.explain(net, picture, method, layer, target)
    display, view = display_of(e.picture, e.view)
    return np.asarray(gl.render.blend(display, e.bytes, view, opacity, colours))


def move_and_measure(page, capsys, moves=30):
    """Press arrow keys on the layer slider, back and forth; every press must change the picture."""
    for key in ["Home"] + ["ArrowRight"] * int(page.get_attribute(LAYER, "max")):  # until the atlas is whole
        page.focus(LAYER)
        page.keyboard.press(key)
        page.wait_for_function("() => document.querySelector('.gcl-veil').hidden")
    watch_moves(page, LAYER)
    last = page.evaluate("() => document.querySelector('.gcl-canvas').toDataURL()")
    layers = int(page.get_attribute(LAYER, "max"))
    step, at, unchanged = -1, layers, 0
    for _ in range(moves):
        if not 0 <= at + step <= layers:
            step = -step
        at += step
        page.keyboard.press("ArrowRight" if step > 0 else "ArrowLeft")
        wait_moved(page)
        now = page.evaluate("() => document.querySelector('.gcl-canvas').toDataURL()")
        unchanged += now == last
        last = now
    page.wait_for_timeout(100)
    measured = page.evaluate("() => window.moves")
    assert len(measured) == moves and unchanged == 0
    ninetyfifth = {}
    for what, budget in (("drawn", 10), ("painted", 34)):
        times = sorted(move[what] for move in measured)
        ninetyfifth[what] = times[int(0.95 * (len(times) - 1))]
        with capsys.disabled():
            middle, most = statistics.median(times), ninetyfifth[what]
            print(f"\n  key to {what}: median {middle:.1f} ms, p95 {most:.1f} ms (budget {budget})", end="")
    assert ninetyfifth["drawn"] <= 30 and ninetyfifth["painted"] <= 102


def test_arrow_keys_redraw_in_time(book, capsys, tmp_path):
    move_and_measure(book.page, capsys)
    book.page.locator(".gcl").first.screenshot(path=tmp_path / "explorer.png")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_canvas_is_blend_to_the_pixel(book, number):
    picture = pictures[number]
    for layer, method, target, opacity, colours in [
        (net.layers[-1], "gradcam", 0, 0.5, "magma"),
        (net.layers[0], "gradcam", 3, 0.35, "viridis"),
        (net.layers[1], "counterfactual", 1, 0.8, "jet"),
        (net.layers[-1], "cam", 2, 1.0, "grey"),
    ]:
        book.python(
            f"ex.picture = {number}; ex.wait(); ex.layer = {layer!r}; ex.method = {method!r}; ex.target = {target}; "
            f"ex.opacity = {opacity}; ex.colours = {colours!r}; ex.wait()"
        )
        settle(book.page)
        wanted = expected(picture, method, layer, target, opacity, colours)
        assert np.array_equal(canvas_of(book.page), wanted), (layer, method)


def test_moves_reach_python_and_python_moves_the_widget(book):
    page = book.page
    book.python(f"ex.picture = 1; ex.layer = {net.layers[-1]!r}; ex.method = 'gradcam'; ex.opacity = 0.5; ex.wait()")
    settle(page)
    page.focus(LAYER)
    page.keyboard.press("ArrowLeft")
    book.until("print(ex.layer)", net.layers[-2])
    page.get_by_label("Method", exact=True).select_option("counterfactual")
    book.until("print(ex.method)", "counterfactual")
    page.locator(".gcl-classes label").nth(2).click()
    chosen = page.locator(".gcl-classes label").nth(2).get_attribute("title")
    book.until("print(net.labels[ex.target])", chosen)
    page.get_by_label("Outline of the truth").check()
    book.until("print(ex.outline)", "True")
    before = canvas_of(page)
    book.python("ex.method = 'gradcam'; ex.view = 'heat'; ex.outline = False")
    settle(page)
    assert not np.array_equal(canvas_of(page), before)
    assert page.get_by_label("Heat", exact=True).is_checked()
    book.python("ex.view = 'overlay'")


def test_a_class_by_typing_and_one_that_is_not_there(book):
    page = book.page
    book.python("ex.picture = 0; ex.wait()")
    settle(page)
    box = page.get_by_label("Another class, by its name")
    box.fill("Cloud")
    box.press("Enter")
    book.until("print(net.labels[ex.target])", "cloud")
    page.wait_for_function("() => document.querySelector('.gcl-caption').textContent.includes('cloud')")
    page.wait_for_function("() => document.querySelector('.gcl-veil').hidden")
    box.fill("clowd")
    box.press("Enter")
    page.locator(".gcl-problem").wait_for(state="visible")
    assert "did you mean 'cloud'?" in page.locator(".gcl-problem").inner_text()
    box.fill("")


def test_keyboard_alone(book):
    """Every control is reached by Tab, shows its focus, and no key leaves for the notebook."""
    page = book.page
    book.python("ex.picture = 1; ex.wait(); ex.outline = False")
    settle(page)
    cell = page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCellIndex")
    page.focus(".gcl-thumbs input:checked")
    reached = []
    for _ in range(20):
        about = page.evaluate(
            """() => {
                const at = document.activeElement;
                const label = at.closest('.gcl-choice') || at;
                const style = getComputedStyle(label);
                const name = at.getAttribute('aria-label') || at.labels?.[0]?.textContent || at.textContent;
                const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
                return {inside: Boolean(at.closest('.gcl')), name: name.trim(), seen};
            }"""
        )
        if not about["inside"]:
            break
        reached.append(about["name"])
        assert about["seen"] and about["name"], about
        page.keyboard.press("Tab")
    said = " | ".join(reached)
    for control in (
        "Your picture",
        "Another class",
        "Layer",
        "Method",
        "Overlay",
        "Opacity",
        "Threshold",
        "Colours",
        "Outline of the truth",
        "Mark the peak",
        "Guess first",
        "Code",
        "Save PNG",
    ):
        assert control in said, said
    page.focus(LAYER)
    for key in ("ArrowLeft", "ArrowDown", "j", "b", "ArrowRight", "Home"):
        page.keyboard.press(key)
    assert page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCellIndex") == cell
    assert page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length") == 2
    assert page.get_attribute(LAYER, "aria-valuetext").startswith(f"{net.layers[0]}, layer 1 of {len(net.layers)}")
    page.keyboard.press("End")
    page.wait_for_timeout(700)
    spoken = page.locator(".gcl [aria-live=polite]").inner_text()
    assert f"at {net.layers[-1]}" in spoken and ("the peak is at" in spoken or "blank" in spoken)


def test_guess_first_by_keyboard(book):
    page = book.page
    book.python(f"ex.picture = 1; ex.wait(); ex.method = 'gradcam'; ex.layer = {net.layers[-1]!r}; ex.guess = True")
    settle(page)
    bare = np.asarray(display_of(pictures[1].picture, net.view(pictures[1].picture))[0])
    assert np.array_equal(canvas_of(page), bare)  # nothing of the map shows
    peak = page.evaluate("() => [...document.querySelectorAll('.gcl-fact dd')].map((each) => each.textContent)")[2]
    assert peak == "–"
    page.focus(".gcl-guessing")
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    book.until("print(ex.guesses)", "1")
    assert not np.array_equal(canvas_of(page), bare)
    assert re.search(r"a (hit|miss) \(a hit is within 10 pixels\). Score: [01] of 1 here", page.inner_text(".gcl-game"))
    book.python("ex.guess = False")


def test_views_code_and_save(book):
    page = book.page
    book.python(f"ex.picture = 1; ex.wait(); ex.layer = {net.layers[0]!r}; ex.method = 'gradcam'; ex.target = 'cat'")
    settle(page)
    choose(page, "Side by side")
    page.get_by_label("Beside it").select_option("counterfactual")
    settle(page)
    opacity = float(book.python("print(ex.opacity)"))
    wanted = expected(pictures[1], "counterfactual", net.layers[0], 0, opacity, book.python("print(ex.colours)"))
    assert np.array_equal(canvas_of(page, 1), wanted)
    choose(page, "Difference")
    assert "differ by" in page.inner_text(".gcl-note")
    choose(page, "Overlay")
    page.get_by_role("button", name="Code").click()
    lines = page.inner_text(".gcl-code code").splitlines()
    assert len(lines) == 3 and lines[0] == "picture = pictures[1]"
    settle(page)
    shown = canvas_of(page)
    book.python("\n".join([*lines[:2], f"shown = {lines[2]}"]))  # the code that is shown runs, and makes this map
    assert book.python("print(e.method, e.label, e.layer, shown.size)") == f"gradcam cat {net.layers[0]} (128, 128)"
    page.get_by_role("button", name="Code").click()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save PNG").click()
    saved = np.asarray(Image.open(saving.value.path()).convert("RGB"))
    assert np.array_equal(saved, shown)


def test_upload_and_a_hostile_file(book, tmp_path):
    page = book.page
    (tmp_path / "liar.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"no picture" * 40)
    page.locator(".gcl input[type=file]").set_input_files(tmp_path / "liar.png")
    page.locator(".gcl-problem").wait_for(state="visible")
    said = page.inner_text(".gcl-problem")
    assert said.startswith("liar.png: ") and "Traceback" not in said and said.count(".") <= 4
    assert book.python("print(len(ex.pictures))") == "3"
    Image.fromarray(pictures[0].pixels[::-1]).resize((300, 200)).save(tmp_path / "mine.jpg")
    page.locator(".gcl input[type=file]").set_input_files(tmp_path / "mine.jpg")
    book.until("print(ex.picture, len(ex.pictures), ex.pictures[-1].size)", "3 4 (300, 200)")
    page.wait_for_function("() => { const c = document.querySelector('.gcl-canvas'); return c.height !== c.width; }")
    assert page.locator(".gcl-problem").is_hidden()
    assert page.get_by_label("4: mine").is_checked()


def test_narrow_and_dark(book, tmp_path):
    """400 pixels wide nothing has to be scrolled sideways, nothing is cut off; in the dark it is still read."""
    page = book.page
    for width in (400, 1000):
        fits(page, width)
    read_by_day_and_night(page)
    page.evaluate("() => { document.querySelector('.gcl').style.width = ''; }")


def test_a_page_that_comes_back_finds_everything(book):
    """After a reload the kernel still holds the widget: another view of it shows the same."""
    page = book.page
    book.python(f"ex.picture = 1; ex.layer = {net.layers[0]!r}; ex.method = 'gradcam'; ex.target = 'dog'; ex.wait()")
    settle(page)
    before = canvas_of(page)
    page.evaluate(
        """async () => {
            const panel = window.jupyterapp.shell.currentWidget;
            panel.content.activeCellIndex = 1;
            panel.content.activeCell.model.sharedModel.setSource('ex');
            await window.jupyterapp.commands.execute('notebook:run-cell');
        }"""
    )
    page.wait_for_function("() => document.querySelectorAll('.gcl').length === 1")
    wait_drawn(page)
    settle(page)
    assert np.array_equal(canvas_of(page), before)


def test_without_a_kernel(chromium):
    explorer = gl.Explorer(net, pictures, opacity=0.6)
    explorer.wait()
    for number in range(len(pictures)):  # on a slow machine the others are computed when they are looked at
        explorer.picture = number
        assert explorer.wait()
    explorer.picture = 0
    page = chromium.new_page(viewport={"width": 400, "height": 900})
    strays, errors = [], []
    page.on("request", lambda request: request.url.startswith("blob:") or strays.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_content(embedded(explorer))
    wait_drawn(page)
    settle(page)
    shown = expected(pictures[0], "gradcam", net.layers[-1], explorer.target, 0.6, "magma")
    assert np.array_equal(canvas_of(page), shown)
    page.focus(LAYER)
    page.keyboard.press("Home")
    assert np.array_equal(
        canvas_of(page), expected(pictures[0], "gradcam", net.layers[0], explorer.target, 0.6, "magma")
    )
    page.locator(".gcl-thumbs label").nth(1).click()
    settle(page)
    predicted = net.predict(pictures[1], 1)[0][2]
    assert np.array_equal(canvas_of(page), expected(pictures[1], "gradcam", net.layers[0], predicted, 0.6, "magma"))
    page.get_by_label("Method", exact=True).select_option("rise")
    assert "not in the page's atlas" in page.inner_text(".gcl-veil >> nth=0")
    assert page.get_by_role("button", name="Your picture").count() == 0
    assert page.evaluate("() => document.documentElement.scrollWidth") == 400
    assert strays == errors == []
    page.close()
    explorer.close()


LESSON = ROOT / "notebooks" / "03-from-cam-to-grad-cam.ipynb"


@pytest.mark.skipif(not LESSON.is_file(), reason=f"needs notebooks/{LESSON.name}")
def test_lesson_3_in_the_browser(lab, capsys, tmp_path):
    opened = lab.open(LESSON, "lesson-3")
    try:
        opened.show_widget()
        wait_drawn(opened.page)
        settle(opened.page)
        move_and_measure(opened.page, capsys)
        opened.page.screenshot(path=tmp_path / "lesson-3.png")
    finally:
        opened.close()


def test_nothing_left_the_machine_and_nothing_went_wrong(lab, book):
    """Runs last: of all the pages above."""
    assert lab.strays == []
    assert lab.errors == []
