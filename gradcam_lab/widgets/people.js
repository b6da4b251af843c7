// The people of the bias knob: each picture with the map of the network that the knob stands at, and its answer.

import { pixelsOf } from "./atlas.js";
import { h, put, say } from "./controls.js";
import { blend, groundOf, lay } from "./drawing.js";
import { CHANGES, pictureText, sureText, verdictOf, whoText } from "./knob_words.js";

// The pictures of each change, as grounds to draw on: [change][person] -> {ground, width, view}.
async function groundsOf(index, body) {
  const [width, height] = index.size;
  const n = index.people.length;
  const sheets = await Promise.all(
    index.sheets.map(([offset, length]) => pixelsOf(body.subarray(offset, offset + length), width, height * n)),
  );
  const size = width * height * 4;
  return sheets.map((sheet, change) => {
    // What was changed came as the bits in which it differs.
    if (change) for (let p = 0; p < sheet.length; p++) sheet[p] ^= sheets[0][p];
    return index.people.map((_, i) => {
      const ground = groundOf(sheet.subarray(i * size, (i + 1) * size), width, height, index.view);
      return { ground, width, view: index.view };
    });
  });
}

function createTile([width, height]) {
  const canvas = h("canvas", { class: "gcl-face", role: "img", width, height });
  const flip = h("span", { class: "gcl-flip", "aria-hidden": "true", hidden: true }, "⇄ flipped");
  const who = h("p", { class: "gcl-who" });
  const label = h("b", {});
  const sure = h("span", {});
  const verdict = h("p", { class: "gcl-verdict" });
  const answer = h("p", { class: "gcl-answer" }, h("span", { class: "gcl-says" }, "says "), label, sure);
  const caption = h("figcaption", { "aria-hidden": "true" }, who, answer, verdict);
  const root = h("figure", { class: "gcl-person" }, h("div", { class: "gcl-portrait" }, canvas, flip), caption);
  return { root, canvas, flip, who, label, sure, verdict, pen: canvas.getContext("2d"), image: new ImageData(width, height), heat: null };
}

// createPeople(index, body, table): `ready` once they can be drawn; show(network, change, opacity) draws them all, now,
// and says how many are right and how many flipped.
export function createPeople(index, body, table) {
  const n = index.people.length;
  const tiles = index.people.map(() => createTile(index.size));
  const columns = n <= 4 ? n : Math.ceil(n / Math.ceil(n / 4));
  const root = h("div", { class: "gcl-people", style: `--columns: ${columns}` }, ...tiles.map((tile) => tile.root));
  const [rows, across] = index.cells;
  const [left, top, right, bottom] = index.view;
  let grounds = null;

  const mapOf = (network, change, i) => {
    const offset = index.maps + ((network * CHANGES.length + change) * n + i) * rows * across;
    return { bytes: body.subarray(offset, offset + rows * across), w: across, h: rows };
  };

  const paint = (tile, network, change, i, opacity) => {
    tile.heat = lay(mapOf(network, change, i), right - left, bottom - top, tile.heat);
    blend(tile.image.data, grounds[change][i], tile.heat, table, opacity, 0);
    tile.pen.putImageData(tile.image, 0, 0);
  };

  const show = (network, changeName, opacity) => {
    const change = CHANGES.findIndex(([name]) => name === changeName);
    const count = { change: changeName, n, right: 0, flips: 0, tools: 0 };
    index.people.forEach((person, i) => {
      const tile = tiles[i];
      const [label, probability, note] = index.answers[network][change * n + i];
      const before = index.answers[network][i][0];
      const flipped = label !== before;
      const who = whoText(person, changeName);
      const verdict = verdictOf(person, changeName, label, before);
      count.right += label === person.kind ? 1 : 0;
      count.flips += flipped ? 1 : 0;
      count.tools += person.tool === "nothing" ? 0 : 1;
      if (grounds) paint(tile, network, change, i, opacity);
      say(tile.who, who);
      say(tile.label, label);
      say(tile.sure, `, ${sureText(probability)}`);
      say(tile.verdict, `${verdict.sign} ${verdict.word}${note ? ", blank map" : ""}`);
      put(tile.verdict, "data-verdict", verdict.kind);
      tile.flip.hidden = !flipped;
      tile.root.classList.toggle("gcl-flipped", flipped);
      put(tile.canvas, "aria-label", pictureText({ who, label, probability, note, verdict, flipped, method: index.method }));
    });
    return count;
  };

  const ready = groundsOf(index, body).then((made) => {
    grounds = made;
  });
  return { root, ready, show };
}
