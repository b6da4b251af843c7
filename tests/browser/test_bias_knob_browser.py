"""The bias knob where learners meet it: in JupyterLab, in a real browser, and on a page without a kernel."""

import re
import statistics

import numpy as np
import pytest
from pages import embedded, fits, pixels_of, read_by_day_and_night, settle, wait_moved, watch_moves

import gradcam_lab as gl

SETUP = "import torch, gradcam_lab as gl\ntorch.set_num_threads(1)"
SHOW = "knob = gl.BiasKnob()\nknob"
SLIDER = ".gcl-turn input[type=range]"
CANVASES = "() => [...document.querySelectorAll('.gcl-face')].map((each) => each.toDataURL('image/png'))"
FLIPPED = (
    "() => [...document.querySelectorAll('.gcl-flip')].map((each, i) => each.hidden ? -1 : i).filter((i) => i >= 0)"
)


@pytest.fixture(scope="module")
def here():
    """The same knob in this process: what the page should show."""
    knob = gl.BiasKnob()
    yield knob
    knob.close()


@pytest.fixture(scope="module")
def book(lab):
    opened = lab.open([SETUP, SHOW], "knob")
    opened.page.wait_for_selector(".gcl-knob[data-ready]")
    yield opened
    opened.close()


def canvases(page):
    """The pixels of all the pictures, uint8 [people, H, W, 3]."""
    return np.stack([pixels_of(url) for url in page.evaluate(CANVASES)])


def expected(knob, network, change="nothing", opacity=0.5):
    knob.network, knob.change = network, change
    return np.stack([np.asarray(e.overlay(opacity)) for e in knob.explanations()])


def texts(page, selector):
    return page.evaluate("(s) => [...document.querySelectorAll(s)].map((each) => each.textContent)", selector)


def test_turning_is_drawn_in_time(book, capsys, tmp_path):
    page = book.page
    watch_moves(page, SLIDER)
    last, unchanged, keys = page.evaluate(CANVASES), 0, (["ArrowRight"] * 5 + ["ArrowLeft"] * 5) * 3
    for key in keys:
        page.keyboard.press(key)
        wait_moved(page)
        now = page.evaluate(CANVASES)
        unchanged += now == last
        last = now
    page.wait_for_timeout(100)
    times = sorted(move["drawn"] for move in page.evaluate("() => window.moves"))
    assert len(times) == len(keys) and unchanged == 0
    most = times[int(0.95 * (len(times) - 1))]
    with capsys.disabled():
        print(f"\n  key to drawn: median {statistics.median(times):.1f} ms, p95 {most:.1f} ms (budget 10)", end="")
    page.locator(".gcl-knob").screenshot(path=tmp_path / "knob.png")
    assert most <= 30


@pytest.mark.parametrize(
    "network, change, opacity",
    [("clinic-balanced", "nothing", 0.5), ("clinic-biased", "hair", 0.35), ("clinic-100", "tool", 1.0)],
)
def test_pictures_are_overlays_to_the_pixel(book, here, network, change, opacity):
    book.python(f"knob.network, knob.change, knob.opacity = {network!r}, {change!r}, {opacity}")
    settle(book.page)
    wanted = expected(here, network, change, opacity)
    assert wanted.shape == (8, 128, 128, 3) and np.array_equal(canvases(book.page), wanted)


def test_answers_and_flips_are_said(book, here):
    page = book.page
    for network, change, button in (
        ("clinic-100", "hair", "Hair and face"),
        ("clinic-balanced", "tool", "The tool"),
        ("clinic-90", "nothing", "Nothing"),
    ):
        book.python(f"knob.network = {network!r}")
        settle(page)
        page.locator(".gcl-swap label", has_text=button).click()
        book.until("print(knob.change)", change)
        here.network, here.change = network, change
        shown, flipped = here.explanations(), here.flipped()
        assert page.evaluate(FLIPPED) == flipped and bool(flipped) == (change != "nothing")
        kinds = [scene.kinds[0] for scene in here.scenes]
        assert texts(page, ".gcl-answer") == [f"says {e.label}, {e.probability:.2f}" for e in shown]
        right = [e.label == kind for e, kind in zip(shown, kinds)]
        words = ["✓ right" if each else "✗ wrong" for each in right]
        if change == "tool":  # a borrowed tool leaves no answer right or wrong
            words = ["⇄ flips" if i in flipped else "= stays" for i in range(8)]
        assert texts(page, ".gcl-verdict") == words
        said = f"{sum(right)} of 8 answers are right" if change == "nothing" else f"{len(flipped)} of 8 answers flip"
        assert page.inner_text(".gcl-sum").startswith(said)
        names = page.evaluate("() => [...document.querySelectorAll('.gcl-face')].map((each) => each.ariaLabel)")
        assert all(f"the answer is {e.label}" in name for e, name in zip(shown, names))
        assert [i for i, name in enumerate(names) if "flipped" in name] == flipped


def test_bars_are_the_manifests(book, here):
    page = book.page
    for each in here._index["networks"]:
        book.python(f"knob.network = {each['name']!r}")
        page.wait_for_timeout(400)  # the bars glide there
        numbers = each["numbers"]
        wanted = [*numbers["share"].values(), *numbers["groups"].values(), numbers["hair_flips"], numbers["tool_flips"]]
        bars = page.evaluate(
            """() => [...document.querySelectorAll('.gcl-row')].map((row) => {
                const box = (name) => row.querySelector(name).getBoundingClientRect();
                const [track, fill, whisker] = ['.gcl-track', '.gcl-fill', '.gcl-whisker'].map(box);
                return [fill.right, whisker.left, whisker.right].map((x) => (x - track.left) / track.width);
            })"""
        )
        most = float(page.locator(".gcl-axis").first.locator("span").last.inner_text().split()[0]) / 100
        for i, ((value, low, high, n), shown) in enumerate(zip(wanted, bars, strict=True)):
            scale = most if i < 3 else 1
            assert shown[0] == pytest.approx(value / scale, abs=0.01)
            assert shown[1] == pytest.approx(low / scale, abs=0.02)
            assert shown[2] == pytest.approx(high / scale, abs=0.02)
            assert f"{n} pictures" in page.locator(".gcl-row").nth(i).get_attribute("aria-label")
        assert f"measured on {each['pictures']} fresh pictures" in page.inner_text(".gcl-charts > p")


def test_keyboard_alone(book):
    """Every control is reached by Tab and shows its focus; no key leaves for the notebook; all is said in words."""
    page = book.page
    book.python("knob.network, knob.change, knob.opacity = 'clinic-balanced', 'nothing', 0.5")
    settle(page)
    active = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    cell = page.evaluate(active)
    page.focus(".gcl-swap input:checked")
    page.keyboard.press("Shift+Tab")
    reached = []
    for _ in range(3):
        about = page.evaluate(
            """() => {
                const at = document.activeElement;
                const style = getComputedStyle(at.closest('.gcl-choice') || at);
                const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
                return {name: at.ariaLabel || at.labels[0].textContent, inside: Boolean(at.closest('.gcl')), seen};
            }"""
        )
        assert about["inside"] and about["seen"], about
        reached.append(about["name"])
        page.keyboard.press("Tab")
    assert reached == ["Bias of the training pictures", "Nothing", "Opacity"]
    page.focus(SLIDER)
    assert page.get_attribute(SLIDER, "aria-valuetext") == (
        "50 % of the doctors are men, 50 % of the nurses women; clinic-balanced, 1 of 6"
    )
    for key in ("ArrowRight", "ArrowUp", "j", "b", "ArrowDown", "End"):
        page.keyboard.press(key)
    assert page.evaluate(active) == cell
    assert page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length") == 2
    assert page.get_attribute(SLIDER, "aria-valuetext").startswith("100 % of the doctors are men")
    book.until("print(knob.network, knob.shares)", "clinic-100 (1.0, 1.0)")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    book.until("print(knob.change)", "hair")
    page.wait_for_timeout(600)
    spoken = page.locator(".gcl [aria-live=polite]").inner_text()
    assert spoken.startswith("100 % of the doctors are men, 100 % of the nurses women. ")
    assert re.search(r"\d of 8 answers flip\. .* Heat: \d+ % on the head, .* with the tool in \d+ %\.$", spoken)


def test_narrow_and_dark(book):
    """400 pixels wide nothing is cut off, in whatever is shown; in the dark it is still read."""
    page = book.page
    for width in (400, 1000):
        for change in ("nothing", "hair", "tool"):
            book.python(f"knob.change = {change!r}")
            fits(page, width, margin=2)
    read_by_day_and_night(page)
    page.evaluate("() => { document.querySelector('.gcl').style.width = ''; }")


def test_without_a_kernel(chromium):
    """On a saved page, 400 pixels wide, everything turns; nobody is asked, and nothing glides for who wants rest."""
    knob = gl.BiasKnob(network="clinic-biased", opacity=0.6)
    page = chromium.new_page(viewport={"width": 400, "height": 900}, reduced_motion="reduce")
    strays, errors = [], []
    page.on("request", lambda request: request.url.startswith("blob:") or strays.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    text = embedded(knob)
    assert "send: () => {}" in text
    page.set_content(text.replace("send: () => {}", "send: () => { throw new Error('the kernel was asked'); }"))
    page.wait_for_selector(".gcl-knob[data-ready]")
    assert np.array_equal(canvases(page), expected(knob, "clinic-biased", "nothing", 0.6))
    page.focus(SLIDER)
    page.keyboard.press("End")
    assert np.array_equal(canvases(page), expected(knob, "clinic-100", "nothing", 0.6))
    page.locator(".gcl-swap label", has_text="Hair and face").click()
    assert np.array_equal(canvases(page), expected(knob, "clinic-100", "hair", 0.6))
    page.locator(".gcl-place").nth(1).click()
    assert np.array_equal(canvases(page), expected(knob, "clinic-60", "hair", 0.6))
    assert page.evaluate("() => getComputedStyle(document.querySelector('.gcl-fill')).transitionDuration") == "0s"
    tops = page.evaluate("() => document.querySelector('.gcl-turn').clientHeight")
    for key in ["Home"] + ["ArrowRight"] * 5:  # the knob does not slip away under the finger
        page.press(SLIDER, key)
        assert page.evaluate("() => document.querySelector('.gcl-turn').clientHeight") == tops
    assert page.evaluate("() => document.documentElement.scrollWidth") == 400
    assert strays == errors == []
    page.close()
    knob.close()


def test_nothing_left_the_machine_and_nothing_went_wrong(lab, book):
    """Runs last: of all the pages above."""
    assert lab.strays == []
    assert lab.errors == []
