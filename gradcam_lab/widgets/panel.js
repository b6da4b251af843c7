// The Explorer's panel: its state, its controls, and what each change of state brings about.
//
// `source` is where the state lives, a widget's model or an atlas embedded in a page:
//   get(name), set({name: value, ...}), on(name, heard) -> off, ask(message, buffers), live()
// Names are the traits of explorer.py: the public ones, and _shelf, _strip, _tables, _work, _pack_0, _pack_1, ...
// Moving anything inside an atlas asks `source` nothing: the canvas is drawn in the event's own turn.

import { button, choices, copyText, freshId, h, put, say, section, select, slider, tick } from "./controls.js";
import { bytesOf, download, thumbnail } from "./files.js";
import { createGame } from "./guess.js";
import { createReadout } from "./readout.js";
import { createPainter, makeScene } from "./scenes.js";
import { createStage } from "./stage.js";
import { codeText, findClass, guessText, layerText, percent } from "./words.js";

const STATE = [
  "picture", "layer", "target", "method", "method_b", "view", "opacity", "threshold", "colours", "outline", "peak", "guess",
];
const VIEWS = [["overlay", "Overlay"], ["heat", "Heat"], ["side", "Side by side"], ["difference", "Difference"]];
const DRAWN = "gradcam-lab:draw"; // performance.measure: from the event to the last pixel and the last word

export function createExplorer(root, source) {
  const shelf = source.get("_shelf");
  const state = Object.fromEntries(STATE.map((name) => [name, source.get(name)]));
  const methods = new Map(shelf.methods.map((each) => [each.name, each]));
  const titleOf = (name) => (methods.has(name) ? methods.get(name).title : name);
  const labelOf = (target) => shelf.labels[target] ?? `class ${target}`;
  const raw = source.get("_tables");
  const tables = new Map(shelf.colours.map((name, i) => [name, new Uint8Array(raw.buffer, raw.byteOffset + 768 * i, 768)]));
  const scenes = new Map(); // picture -> scene, once its atlas is here and decoded
  const game = createGame();
  const stops = [];
  let wishes = 0; // pictures sent to the kernel; only the answer to the last one moves the reader

  // ---- the controls

  const change = (changes) => {
    const began = performance.now();
    if (changes.view === "difference" && !state.method_b) changes.method_b = otherMethod();
    Object.assign(state, changes);
    if (["picture", "layer", "target", "method"].some((name) => name in changes)) game.restart();
    complain("");
    refresh(began);
    source.set(changes);
    tell();
  };
  // Something to compare with: the first other method whose map is here and is another map.
  const otherMethod = () => {
    const scene = scenes.get(state.picture);
    const same = (entryOf(scene) || {}).same || [];
    const others = shelf.methods.map((each) => each.name).filter((name) => name !== state.method);
    const here = others.filter((name) => ((scene && scene.atlas.mapOf(name, state.layer, state.target)) || {}).peak);
    return here.find((name) => !same.includes(name)) || here[0] || others[0] || state.method;
  };
  const setting = (name, turn = (value) => value) => (value) => change({ [name]: turn(value) });

  const strip = choices({ label: "Picture", options: [], kind: "gcl-thumbs", onchange: (value) => choosePicture(Number(value)) });
  const file = h("input", { type: "file", accept: "image/*", class: "gcl-hidden", tabindex: -1, "aria-hidden": "true" });
  file.addEventListener("change", () => {
    if (file.files[0]) upload(file.files[0]);
    file.value = "";
  });
  const add = button("Your picture…", () => file.click());

  const classes = choices({ label: "Class", options: [], kind: "gcl-classes", onchange: setting("target", Number) });
  const names = h("datalist", { id: freshId() }, ...[...new Set(shelf.labels)].map((label) => h("option", { value: label })));
  const other = h("input", {
    type: "text", class: "gcl-text", list: names.id, placeholder: "Another class…", "aria-label": "Another class, by its name",
  });
  other.addEventListener("change", () => chooseClass(other.value));

  const depth = slider({
    label: "Layer", min: 0, max: shelf.layers.length - 1, step: 1, oninput: (i) => change({ layer: shelf.layers[i] }),
  });
  depth.root.append(h("div", { class: "gcl-ends", "aria-hidden": "true" }, h("span", {}, "shallow"), h("span", {}, "deep")));
  const families = [...new Set(shelf.methods.map((each) => each.family))].map((family) => [
    family.charAt(0).toUpperCase() + family.slice(1),
    shelf.methods.filter((each) => each.family === family).map(({ name, title, paper }) => [name, title, paper]),
  ]);
  const method = select({ label: "Method", groups: families, onchange: setting("method") });
  const paper = h("p", { class: "gcl-small" });
  const view = choices({
    label: "View",
    options: VIEWS.map(([value, text]) => ({ value, content: [h("span", {}, text)] })),
    onchange: setting("view"),
  });
  const second = select({ label: "Beside it", groups: [], onchange: setting("method_b") });
  const opacity = slider({ label: "Opacity", min: 0, max: 1, step: 0.05, oninput: setting("opacity") });
  const threshold = slider({ label: "Threshold", min: 0, max: 1, step: 0.05, oninput: setting("threshold") });
  const inks = shelf.colours.map((name) => [name, name === "jet" ? "jet (as in the papers)" : name]);
  const colours = select({ label: "Colours", groups: [["", inks]], onchange: setting("colours") });
  const outline = tick({ label: "Outline of the truth", onchange: setting("outline") });
  const peak = tick({ label: "Mark the peak", onchange: setting("peak") });
  const guess = tick({ label: "Guess first", onchange: setting("guess") });

  const stage = createStage({ onplace: guessing });
  const readout = createReadout({ tables, titleOf, labelOf });
  const itemsOf = createPainter({ tables, titleOf, labelOf, lacking });
  const gameText = h("p", { class: "gcl-game", hidden: true });
  const wrong = h("p", { class: "gcl-problem", role: "alert", hidden: true });
  const live = h("p", { class: "gcl-hidden", role: "status", "aria-live": "polite" });
  const progress = h("progress", { max: 1, "aria-label": "Progress" });
  const doing = h("span", {});
  const halt = button("Stop", () => source.ask({ kind: "stop" }));
  const work = h("div", { class: "gcl-work", hidden: true }, doing, progress, halt);

  const code = h("code", {});
  const copy = button("Copy", async () => {
    say(copy, (await copyText(code)) ? "Copied" : "Selected");
    setTimeout(() => say(copy, "Copy"), 1500);
  });
  const lines = h("pre", { tabindex: 0, "aria-label": "Python code of this picture" }, code);
  const codeBox = h("div", { class: "gcl-code", hidden: true, id: freshId() }, lines, copy);
  const showCode = button("Code", () => {
    codeBox.hidden = !codeBox.hidden;
    put(showCode, "aria-expanded", !codeBox.hidden);
    if (!codeBox.hidden) writeCode();
  }, { "aria-expanded": "false", "aria-controls": codeBox.id });
  const save = button("Save PNG", () => {
    const name = [state.method, labelOf(state.target), state.layer, state.view].join("_");
    if (scenes.has(state.picture)) download(stage.photograph(), name);
  });

  const box = h("div", { class: "gcl", role: "region", "aria-label": `Grad-CAM Explorer, network ${shelf.network}` },
    h("div", { class: "gcl-strip" }, strip.root, add, file),
    h("div", { class: "gcl-body" },
      h("div", { class: "gcl-left" }, stage.root, readout.scale, wrong, work, gameText, readout.note, readout.facts),
      h("div", { class: "gcl-right" },
        section("Class", classes.root, other, names),
        section("Map", depth.root, method.root, paper, readout.same),
        section("View", view.root, second.root, opacity.root, threshold.root, colours.root,
          h("div", { class: "gcl-ticks" }, outline.root, peak.root, guess.root)),
        h("div", { class: "gcl-buttons" }, showCode, save))),
    codeBox, live);
  root.append(box);
  // A notebook's shortcuts (arrow keys, letters) must not hear what is typed here. Ctrl and Cmd are left to it.
  box.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target === other) event.stopPropagation();
  });
  box.addEventListener("dragover", (event) => source.live() && event.preventDefault());
  box.addEventListener("drop", (event) => {
    if (!source.live()) return;
    event.preventDefault();
    if (event.dataTransfer.files[0]) upload(event.dataTransfer.files[0]);
  });

  // ---- drawing

  const entryOf = (scene) => scene && scene.atlas.mapOf(state.method, state.layer, state.target);

  function refresh(began = performance.now()) {
    const scene = scenes.get(state.picture);
    const entry = entryOf(scene);
    showControls(scene, entry);
    if (scene) {
      const hidden = game.hides(state, entry);
      const made = state.guess ? game.guessOf(state) : null;
      const items = itemsOf(scene, state, hidden, game.cross());
      if (made) Object.assign(items[0].marks, { guess: made.place, peak: entry.peak });
      stage.show(items);
      stage.guessing(hidden, "Guess where the map peaks: move the cross with the arrow keys, then press Enter.");
      readout.show(state, scene, entry, hidden, items[0]);
      showGame(hidden, made, entry);
    } else stage.wait(lacking());
    performance.clearMeasures(DRAWN);
    performance.measure(DRAWN, { start: began, end: performance.now() });
  }

  function lacking() {
    if (!source.live()) return "This map is not in the page's atlas. With a running kernel it can be computed.";
    return (source.get("_work") || {}).stopped ? "Stopped. Change anything to go on." : "Computing…";
  }

  function showControls(scene, entry) {
    const pixel = Boolean(entry && entry.layer === "");
    const i = shelf.layers.indexOf(state.layer);
    const spoken = pixel ? "this method has no layer" : layerText(shelf.layers, i, entry);
    strip.show(state.picture);
    depth.input.disabled = pixel;
    depth.show(i, pixel ? "the picture's own pixels" : depthText(i, entry), spoken);
    method.show(state.method);
    say(paper, (methods.get(state.method) || {}).paper || "");
    view.show(state.view);
    const two = state.view === "side" || state.view === "difference";
    second.root.hidden = !two;
    if (two && second.kind !== state.view) {
      second.kind = state.view;
      second.fill(state.view === "side" ? [["", [["", "the picture alone"]]], ...families] : families);
      say(second.label, state.view === "side" ? "Beside it" : "Minus");
    }
    if (two) second.show(state.method_b);
    opacity.show(state.opacity, percent(state.opacity));
    opacity.input.disabled = state.view === "heat";
    threshold.show(state.threshold, state.threshold ? percent(state.threshold) : "none");
    colours.show(state.colours);
    outline.root.hidden = !(scene && scene.atlas.masks.length);
    outline.show(state.outline);
    peak.show(state.peak);
    guess.show(state.guess);
    if (scene) showClasses(scene.atlas);
    if (!codeBox.hidden) writeCode();
  }

  const depthText = (i, entry) => (entry && entry.h ? `${shelf.layers[i]} · ${entry.w} × ${entry.h}` : shelf.layers[i]);

  let listed = null; // the atlas and the classes that the list shows
  function showClasses(atlas) {
    if (!listed || listed.atlas !== atlas || !listed.shown.has(state.target)) {
      const list = [...atlas.targets];
      if (!atlas.targetOf(state.target)) list.push({ index: state.target, label: labelOf(state.target), probability: null });
      listed = { atlas, shown: new Set(list.map((each) => each.index)) };
      classes.fill(list.map(({ index, label, probability }) => {
        const sure = probability == null ? "…" : percent(probability);
        const level = h("span", { style: `width: ${(probability || 0) * 100}%` });
        const meter = h("span", { class: "gcl-meter", "aria-hidden": "true" }, level);
        const content = [h("span", { class: "gcl-name" }, label), meter, h("span", { class: "gcl-sure" }, sure)];
        return { value: index, title: label, spoken: `${label}, ${sure}`, content };
      }));
    }
    classes.show(state.target);
  }

  function writeCode() {
    const entry = entryOf(scenes.get(state.picture));
    const picture = source.get("_strip")[state.picture];
    say(code, codeText({ state, shelf, picture, pixelMethod: Boolean(entry && entry.layer === "") }));
  }

  // ---- guess first

  function guessing(place, finished, step, fine) {
    const { atlas } = scenes.get(state.picture);
    if (place) game.point(place);
    if (step) game.move(step, atlas.size, fine);
    const made = finished ? game.make(state, entryOf(scenes.get(state.picture)), atlas.view) : null;
    if (made) {
      source.set({ guesses: source.get("guesses") + 1, hits: source.get("hits") + (made.hit ? 1 : 0) });
      say(live, guessText(made));
    } else if (game.cross()) say(live, game.cross().join(", "));
    refresh();
  }

  function showGame(hidden, made, entry) {
    gameText.hidden = !state.guess;
    if (!state.guess) return;
    const [here, all] = [{ guesses: source.get("guesses"), hits: source.get("hits") }, game.total()];
    const course = all.guesses > here.guesses ? `, ${all.hits} of ${all.guesses} in the course` : "";
    let now = "";
    if (hidden) now = "Where will the map peak? Click on the picture, or move the cross with the arrow keys and press Enter.";
    else if (made) now = guessText(made);
    else if (entry && !entry.peak) now = "This map is blank: there is nothing to guess.";
    say(gameText, `${now} Score: ${here.hits} of ${here.guesses} here${course}.`);
  }

  // ---- what the reader asks for

  function choosePicture(picture) {
    const scene = scenes.get(picture);
    // With an atlas at hand the predicted class is known here; else the kernel will say it.
    change(scene && !shelf.fixed ? { picture, target: scene.atlas.predicted } : { picture });
  }

  function chooseClass(text) {
    if (!text.trim()) return;
    const found = findClass(text, shelf.labels);
    if (found >= 0) {
      other.value = "";
      change({ target: found });
    } else if (source.live()) source.ask({ kind: "class", text: text.trim() });
    else complain(`${shelf.network} has no class "${text.trim()}".`);
  }

  async function upload(given) {
    wishes += 1;
    const serial = wishes;
    try {
      showWork(`Reading ${given.name}`);
      source.ask({ kind: "upload", name: given.name, serial, from: state.picture }, [await bytesOf(given)]);
    } catch (error) {
      complain(error.message);
    }
  }

  function complain(text) {
    if (wrong.hidden === !text && wrong.textContent === text) return;
    wrong.hidden = !text;
    say(wrong, text);
    if (text) showWork();
  }

  // What changed, in words, a moment after the last change: not a word for every step of a slider.
  let telling = 0;
  function tell() {
    clearTimeout(telling);
    telling = setTimeout(() => {
      const scene = scenes.get(state.picture);
      if (!scene) return;
      const map = `${stage.spoken()} ${readout.same.textContent}`;
      say(live, game.hides(state, entryOf(scene)) ? gameText.textContent : map);
    }, 450);
  }

  // ---- what comes from outside

  async function unpack(picture) {
    const data = source.get(`_pack_${picture}`);
    const scene = await makeScene(data, scenes.get(picture));
    if (!scene || source.get(`_pack_${picture}`) !== data) return; // nothing yet, or a newer one is on its way
    scenes.set(picture, scene);
    if (picture === state.picture) refresh();
  }

  const followed = new Set();
  function showStrip() {
    const pictures = source.get("_strip");
    strip.fill(pictures.map(({ name, thumb }, i) => ({ value: i, title: name, spoken: name, content: [thumbnail(thumb)] })));
    strip.show(state.picture);
    pictures.forEach((_, i) => {
      if (followed.has(i)) return;
      followed.add(i);
      stops.push(source.on(`_pack_${i}`, () => unpack(i)));
      unpack(i);
    });
  }

  function showWork(own = "") {
    const { text, share } = source.get("_work") || {};
    work.hidden = !(text || own);
    halt.hidden = !text;
    say(doing, text || own);
    if (text && share != null) progress.value = share;
    else progress.removeAttribute("value");
  }

  for (const name of STATE) {
    stops.push(source.on(name, () => {
      if (source.get(name) === state[name]) return;
      state[name] = source.get(name);
      refresh();
      tell();
    }));
  }
  stops.push(source.on("_strip", showStrip));
  stops.push(source.on("_work", () => {
    showWork();
    if (!entryOf(scenes.get(state.picture))) refresh();
  }));
  stops.push(source.on("live", () => {
    add.hidden = false;
    refresh();
  }));
  stops.push(source.on("message", (message) => {
    if (message.kind === "problem") complain(message.text);
    if (message.kind === "class") {
      other.value = "";
      change({ target: message.target });
    }
    if (message.kind === "uploaded") {
      showWork();
      // The reader may have gone on to another picture, or sent another file, while this one was read.
      if (message.serial === wishes && message.from === state.picture) choosePicture(message.picture);
    }
  }));
  add.hidden = !source.live();
  showStrip();
  showWork();
  refresh();

  return () => {
    for (const stop of stops) stop();
    clearTimeout(telling);
    stage.stop();
    scenes.clear();
    box.remove();
  };
}
