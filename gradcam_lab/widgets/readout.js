// What is read off a map: numbers, the scale of its colours, and notes.

import { h, put, say } from "./controls.js";
import { aboveText, number, percent, sameText, truthText } from "./words.js";

const FACTS = [
  ["probability", "Probability"], ["score", "Score"], ["peak", "Peak"], ["above", "Area over half"], ["truth", "On the truth"],
];

export function createReadout({ tables, titleOf, labelOf }) {
  const rows = {};
  const facts = h("dl", { class: "gcl-facts" });
  for (const [key, title] of FACTS) {
    const [term, value] = [h("dt", {}, title), h("dd", {})];
    rows[key] = { term, value, root: h("div", { class: "gcl-fact" }, term, value) };
    facts.append(rows[key].root);
  }
  const bar = h("canvas", { class: "gcl-bar", width: 256, height: 1, "aria-hidden": "true" });
  const most = h("span", {});
  const scale = h("div", { class: "gcl-scale" }, h("span", {}, "0"), bar, most);
  const note = h("p", { class: "gcl-note", hidden: true });
  const same = h("p", { class: "gcl-same", hidden: true });
  let painted = "";

  const paintBar = (colours) => {
    if (painted === colours) return;
    painted = colours;
    const table = tables.get(colours);
    const image = new ImageData(256, 1);
    for (let k = 0; k < 256; k++) image.data.set([table[3 * k], table[3 * k + 1], table[3 * k + 2], 255], 4 * k);
    bar.getContext("2d").putImageData(image, 0, 0);
  };

  const reveal = (element, text) => {
    element.hidden = !text;
    say(element, text);
  };

  const show = (state, scene, entry, hidden, item) => {
    const { atlas } = scene;
    const target = atlas.targetOf(state.target) || {};
    const drawn = Boolean(entry && entry.peak && !hidden);
    say(rows.probability.value, target.probability == null ? "…" : percent(target.probability));
    say(rows.score.value, target.score == null ? "…" : number(target.score));
    say(rows.peak.value, drawn ? `${entry.peak[0]}, ${entry.peak[1]}` : "–");
    say(rows.above.term, state.threshold > 0 ? `Area over ${percent(state.threshold)}` : "Area over half");
    say(rows.above.value, drawn && item.above != null ? percent(item.above) : "–");
    put(rows.above.root, "title", `The share of the picture that has ${aboveText(state.threshold)}`);

    rows.truth.root.hidden = !atlas.masks.length;
    say(rows.truth.term, `Heat on ${labelOf(state.target)}`);
    const truth = drawn && entry.inside != null;
    const absent = hidden || atlas.maskOf(state.target) ? "–" : "not here";
    say(rows.truth.value, truth ? `${percent(entry.inside)} ${entry.hit ? "✓ hit" : "✗ miss"}` : absent);
    put(rows.truth.root, "title", truth ? truthText(entry, labelOf(state.target)) : "");

    reveal(note, hidden ? "" : item.says || (entry && entry.note) || "");
    reveal(same, hidden ? "" : sameText(entry, titleOf));
    scale.hidden = hidden || state.view === "difference" || !entry || !entry.peak;
    if (!scale.hidden) {
      paintBar(state.colours);
      say(most, number(entry.max));
    }
  };

  return { facts, scale, note, same, show };
}
