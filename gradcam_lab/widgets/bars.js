// The bars of the bias knob: shares from 0 up, with their 95 % intervals as whiskers and lines to compare with.

import { h, put, say, section } from "./controls.js";
import { intervalText, stereotypeText, valueText, whole } from "./knob_words.js";

const at = (share, most) => `${Math.min(Math.max(share / most, 0), 1) * 100}%`;

// A row: what it is, where its number is found, and the shares at which a line stands.
function createRow(what, spoken, lines, most) {
  const fill = h("div", { class: "gcl-fill" });
  const whisker = h("div", { class: "gcl-whisker" });
  const marks = lines.map((line) => h("div", { class: "gcl-line", style: `left: ${at(line, most)}` }));
  const track = h("div", { class: "gcl-track" }, fill, whisker, ...marks);
  const value = h("span", { class: "gcl-num" });
  const root = h("div", { class: "gcl-row", role: "img" }, h("span", { class: "gcl-what" }, what), track, value);
  const show = (estimate) => {
    const [mean, low, high, n] = estimate;
    fill.style.width = n ? at(mean, most) : "0";
    whisker.hidden = !n;
    if (n) {
      whisker.style.left = at(low, most);
      whisker.style.width = at(high - low, most);
    }
    say(value, valueText(estimate));
    const text = `${spoken}: ${intervalText(estimate)}`;
    put(root, "aria-label", text);
    put(root, "title", text);
  };
  return { root, show };
}

// A chart: rows on one scale from 0 to `most`, and below them what the dashed lines are.
function createChart(title, rows, most, key) {
  const scale = h("div", { class: "gcl-axis", "aria-hidden": "true" }, h("span", {}, "0"), h("span", {}, whole(most)));
  const legend = h("p", { class: "gcl-small gcl-key" }, h("span", { class: "gcl-dash", "aria-hidden": "true" }), key);
  return section(title, h("div", { class: "gcl-rows" }, ...rows.map((row) => row.root), scale), legend);
}

export function createBars(index, origin) {
  const { areas, trade, networks } = index;
  const rows = []; // [row, numbers -> estimate]
  const row = (what, spoken, lines, most, find) => {
    const made = createRow(what, spoken, lines, most);
    rows.push([made, find]);
    return made;
  };
  const parts = Object.keys(areas);
  const tops = networks.flatMap(({ numbers }) => parts.map((part) => numbers.share[part][2]));
  const most = Math.min(1, Math.ceil(Math.max(...tops) * 10) / 10);
  const heat = parts.map((part) =>
    row(part, `Share of the heat on the ${part}`, [areas[part]], most, (numbers) => numbers.share[part]),
  );
  const groups = Object.keys(networks[0].numbers.groups).map((group) => {
    const name = group.replace(" ", ", ");
    return row(name, `Right answers, ${name}`, [0.5, trade], 1, (numbers) => numbers.groups[group]);
  });
  const flips = [
    row("hair and face", "Answers that flip when hair and face alone change", [0], 1, (numbers) => numbers.hair_flips),
    row("the tool", "Answers that flip when the tool alone changes", [1], 1, (numbers) => numbers.tool_flips),
  ];
  const sides = h("p", { class: "gcl-small gcl-sides" });
  const right = createChart("Right answers", groups, 1, `guessing 50 %, by the tool alone ${whole(trade)}`);
  right.append(sides);
  const root = h("div", { class: "gcl-charts" },
    createChart("Where the heat lies", heat, most, "by chance: the part's share of the picture"),
    right,
    createChart("Flips when only this changes", flips, 1, "going by the tool alone"),
    origin);
  const show = ({ numbers }) => {
    for (const [made, find] of rows) made.show(find(numbers));
    say(sides, stereotypeText(numbers));
  };
  return { root, show };
}
