// The bias knob as a widget: its state, its controls, and what each change of state brings about.
//
// Names are the traits of knob.py: network, change, opacity; _index, _body, _table. All that can be shown is in them, so
// that turning the knob asks nobody: people, answers and bars are drawn in the event's own turn.

import { createBars } from "./bars.js";
import { choices, h, put, say, section, slider } from "./controls.js";
import { CHANGES, remarkText, shareText, sourceText, spokenText, sumText, whole } from "./knob_words.js";
import { createPeople } from "./people.js";
import { sourceOf } from "./source.js";

const TURNED = ["network", "change", "opacity"];
const DRAWN = "gradcam-lab:draw"; // performance.measure: from the event to the last pixel and the last word

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

// The shares of every position under the slider's track; a click goes there.
function createTicks(networks, onchoose) {
  const last = Math.max(networks.length - 1, 1);
  const places = networks.map(({ men, women }, i) => {
    const shares = [men, women].map((share) => h("span", {}, whole(share).replace(" %", "")));
    return h("span", { class: "gcl-place", style: `--at: ${i / last}`, onclick: () => onchoose(i) }, ...shares);
  });
  const heads = ["% men among doctors", "% women among nurses"].map((text) => h("span", {}, text));
  const row = h("div", { class: "gcl-places" }, ...places);
  const root = h("div", { class: "gcl-shares", "aria-hidden": "true" }, h("div", { class: "gcl-heads" }, ...heads), row);
  const show = (at) => places.forEach((place, i) => place.classList.toggle("gcl-here", i === at));
  return { root, show };
}

function scaleOf(table) {
  const bar = h("canvas", { class: "gcl-bar", width: 256, height: 1, "aria-hidden": "true" });
  const image = new ImageData(256, 1);
  for (let k = 0; k < 256; k++) image.data.set([...table.subarray(3 * k, 3 * k + 3), 255], 4 * k);
  bar.getContext("2d").putImageData(image, 0, 0);
  return h("div", { class: "gcl-scale" }, h("span", {}, "no heat"), bar, h("span", {}, "most"));
}

function createKnob(root, source) {
  const index = source.get("_index");
  const { networks } = index;
  const table = bytesOf(source.get("_table"));
  const state = Object.fromEntries(TURNED.map((name) => [name, source.get(name)]));
  const place = () => networks.findIndex((each) => each.name === state.network);
  const stops = [];

  const change = (changes) => {
    const began = performance.now();
    Object.assign(state, changes);
    refresh(began);
    source.set(changes);
    tell();
  };
  const turn = (i) => change({ network: networks[i].name });

  const knob = slider({ label: "Bias of the training pictures", min: 0, max: networks.length - 1, step: 1, oninput: turn });
  knob.input.disabled = networks.length < 2;
  const ticks = createTicks(networks, turn);
  const headline = h("p", { class: "gcl-headline" });
  const remark = h("p", { class: "gcl-remark" });
  const people = createPeople(index, bytesOf(source.get("_body")), table);
  const swap = choices({
    label: "Change only",
    options: CHANGES.map(([value, text]) => ({ value, content: [h("span", {}, text)] })),
    onchange: (value) => change({ change: value }),
  });
  const opacity = slider({ label: "Opacity", min: 0, max: 1, step: 0.05, oninput: (value) => change({ opacity: value }) });
  const sum = h("p", { class: "gcl-sum" });
  const origin = h("p", { class: "gcl-small" });
  const bars = createBars(index, origin);
  const live = h("p", { class: "gcl-hidden", role: "status", "aria-live": "polite" });

  const box = h("div", { class: "gcl gcl-knob", role: "region", "aria-label": "Bias knob: doctor or nurse" },
    h("div", { class: "gcl-turn" }, h("h3", { class: "gcl-title" }, "In the training pictures"), headline, remark, knob.root, ticks.root),
    h("div", { class: "gcl-halves" },
      h("div", { class: "gcl-half" },
        section("Maps of its answers",
          h("div", { class: "gcl-swap" }, h("span", { "aria-hidden": "true" }, "Change only"), swap.root), sum, people.root),
        h("div", { class: "gcl-under" }, opacity.root, scaleOf(table))),
      bars.root),
    live);
  root.append(box);
  // A notebook's shortcuts (arrow keys, letters) must not hear what is typed here. Ctrl and Cmd are left to it.
  box.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) event.stopPropagation();
  });

  function refresh(began = performance.now()) {
    const at = place();
    const net = networks[at];
    say(headline, shareText(net));
    say(remark, remarkText(net));
    knob.show(at, net.name, `${shareText(net)}; ${net.name}, ${at + 1} of ${networks.length}`);
    ticks.show(at);
    swap.show(state.change);
    opacity.show(state.opacity, whole(state.opacity));
    say(sum, sumText(people.show(at, state.change, state.opacity)));
    put(box, "data-change", state.change);
    bars.show(net);
    say(origin, sourceText(net.pictures, index.method));
    performance.clearMeasures(DRAWN);
    performance.measure(DRAWN, { start: began, end: performance.now() });
  }

  // What changed, in words, a moment after the last change: not a word for every step of a slider.
  let telling = 0;
  function tell() {
    clearTimeout(telling);
    telling = setTimeout(() => say(live, spokenText(networks[place()], sum.textContent)), 450);
  }

  for (const name of TURNED) {
    stops.push(source.on(name, () => {
      if (source.get(name) === state[name]) return;
      state[name] = source.get(name);
      refresh();
      tell();
    }));
  }
  refresh();
  people.ready.then(() => {
    put(box, "data-ready", "");
    refresh();
  });

  return () => {
    for (const stop of stops) stop();
    clearTimeout(telling);
    box.remove();
  };
}

function render({ model, el }) {
  el.classList.add("gcl-root");
  const source = sourceOf(model);
  const stop = createKnob(el, source);
  return () => {
    stop();
    source.stop();
  };
}

export default { render };
