"""What the browser's tests of all widgets share: what a page shows, and whether it can be read."""

import base64
import io
import json

import numpy as np
from PIL import Image


def settle(page):
    """Until what was sent has been drawn."""
    page.wait_for_timeout(150)


def pixels_of(url):
    """A canvas's pixels, uint8 [H, W, 3], from its data URL."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"))


_WATCH = """(slider) => {
    window.moves = [];
    const range = document.querySelector(slider);
    range.addEventListener('keydown', (event) => window.moves.push({key: event.timeStamp}), true);
    range.addEventListener('input', () => {
        const move = window.moves[window.moves.length - 1];
        requestAnimationFrame(() => requestAnimationFrame(() => { move.painted = performance.now() - move.key; }));
    });
    new PerformanceObserver((list) => {
        for (const drawn of list.getEntriesByName('gradcam-lab:draw')) {
            const move = window.moves.findLast((each) => each.key <= drawn.startTime);
            if (move) move.drawn = drawn.startTime + drawn.duration - move.key;
        }
    }).observe({entryTypes: ['measure']});
    range.focus();
}"""


def watch_moves(page, slider):
    """Focus a slider and time its keys from now on: window.moves holds {drawn, painted}, ms after each key."""
    page.evaluate(_WATCH, slider)


def wait_moved(page):
    """Until the picture of the last key is drawn."""
    page.wait_for_function("() => window.moves.at(-1)?.drawn !== undefined")


_BEYOND = """([width, margin]) => {
    const box = document.querySelector('.gcl');
    box.style.width = `${width}px`;
    const right = box.getBoundingClientRect().right - margin;
    const beyond = (each) => each.getBoundingClientRect().right > right + 0.5;
    const out = [...box.querySelectorAll('*')].filter((each) => beyond(each) && !each.closest('pre'));
    return [box.scrollWidth - box.clientWidth, out.map((each) => each.className)];
}"""


def fits(page, width, margin=0):
    """Assert that in a widget so many pixels wide nothing is cut off, nor scrolled sideways, but for code."""
    assert page.evaluate(_BEYOND, [width, margin]) == [0, []]


def read_by_day_and_night(page):
    """Assert that all text stands out in JupyterLab's dark and its light theme."""
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        dark = "(dark) => (document.body.dataset.jpThemeLight === 'false') === dark"
        page.wait_for_function(dark, arg="Dark" in theme)
        page.wait_for_selector("#jupyterlab-splash", state="detached")
        page.wait_for_timeout(300)  # JupyterLab takes its splash away a moment later, and stumbles if asked meanwhile
        worst = page.evaluate(_CONTRAST)
        assert worst["ratio"] >= 4.5, worst


# The least contrast of any text in the widget with the ground it stands on (WCAG 2: 4.5 to 1).
_CONTRAST = """() => {
    const pen = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const over = (colour, [r, g, b]) => {
        pen.fillStyle = `rgb(${r}, ${g}, ${b})`;
        pen.fillRect(0, 0, 1, 1);
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const ground = (element) => {
        const under = element.parentElement ? ground(element.parentElement) : [255, 255, 255];
        return over(getComputedStyle(element).backgroundColor, under);
    };
    const light = (rgb) => rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    let worst = {ratio: 99};
    for (const element of document.querySelectorAll('.gcl *')) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || !element.getClientRects().length || element.closest('.gcl-hidden')) continue;
        const under = ground(element);
        const ink = over(getComputedStyle(element).color, under);
        const [a, b] = [light(ink), light(under)].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < worst.ratio) worst = {ratio, text: element.textContent.slice(0, 40), ink, under};
    }
    return worst;
}"""


# A page with a widget's state and no kernel, as the book has it: a model that answers nothing.
_PAGE = """<!doctype html><meta charset="utf-8"><style>{css}</style><div id="root"></div><script type="module">
    const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
    const revive = (_, value) => (value && value.$bytes !== undefined ? bytes(value.$bytes) : value);
    const state = JSON.parse({state}, revive);
    const heard = {{}};
    const model = {{
        get: (name) => state[name],
        set: (name, value) => {{ state[name] = value; (heard[`change:${{name}}`] || []).forEach((f) => f()); }},
        on: (name, f) => (heard[name] = [...(heard[name] || []), f]),
        off: () => {{}}, save_changes: () => {{}}, send: () => {{}},
    }};
    const url = URL.createObjectURL(new Blob([{esm}], {{type: "text/javascript"}}));
    (await import(url)).default.render({{model, el: document.getElementById("root")}});
</script>"""


def embedded(widget):
    """The text of a page with this widget on it, and no kernel."""

    def plain(value):
        if isinstance(value, bytes):
            return {"$bytes": base64.b64encode(value).decode()}
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items()}
        return [plain(each) for each in value] if isinstance(value, list | tuple) else value

    names = [name for name in widget.keys if name not in ("_esm", "_css", "layout", "tabbable", "tooltip")]
    state = json.dumps({name: plain(getattr(widget, name)) for name in names})
    script = [json.dumps(text).replace("</", "<\\/") for text in (state, widget._esm)]
    return _PAGE.format(css=widget._css, state=script[0], esm=script[1])
