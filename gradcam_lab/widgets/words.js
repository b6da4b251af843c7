// Everything the Explorer says: numbers, sentences and lines of code. Strings only.

export const percent = (share) => {
  const value = share * 100;
  if (value > 0 && value < 0.1) return "< 0.1 %";
  if (value > 99.9 && value < 100) return "> 99.9 %";
  return `${value >= 10 && value <= 90 ? value.toFixed(0) : value.toFixed(1).replace(/\.0$/, "")} %`;
};

export const number = (value) => {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1000 || size < 0.001 ? value.toExponential(1) : value.toPrecision(3);
  return text.replace("-", "−").replace("e+", "e");
};

export const listed = (names) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;

export const pixels = (count) => `${Math.round(count)} ${Math.round(count) === 1 ? "pixel" : "pixels"}`;

// "layer4, layer 4 of 5, 7 by 7 cells": what a screen reader says of the layer slider.
export function layerText(layers, i, entry) {
  const cells = entry && entry.h ? `, ${entry.w} by ${entry.h} cells` : "";
  return `${layers[i]}, layer ${i + 1} of ${layers.length}${cells}`;
}

export const aboveText = (threshold) => (threshold > 0 ? `${percent(threshold)} of the peak or more` : "half of the peak or more");

export const titleText = (title, label, layer, entry) =>
  `${title} · ${label}${entry && entry.layer === "" ? "" : ` · ${layer}`}`;

// One map in one sentence or two.
export function mapText({ title, label, probability, layer, entry, atlas, above, threshold, outline }) {
  const where = entry && entry.layer === "" ? "" : ` at ${layer}`;
  const sure = probability == null ? "" : ` (${percent(probability)})`;
  const head = `${title} for ${label}${sure}${where}`;
  if (!entry) return `${head}: not computed yet.`;
  if (!entry.peak) return `${head}: blank. ${entry.note}`;
  let text = `${head}: the peak is at ${entry.peak[0]}, ${entry.peak[1]} of ${atlas.size[0]} by ${atlas.size[1]}; `;
  text += `${percent(above)} of the picture has ${aboveText(threshold)}.`;
  if (outline && entry.inside != null) text += ` ${truthText(entry, label)}`;
  return text;
}

export const truthText = (entry, label) =>
  `${percent(entry.inside)} of the heat lies on ${label}, which covers ${percent(entry.area)} of the picture; the peak ${
    entry.hit ? "hits" : "misses"
  } it.`;

export function differenceText(one, two, result, scale) {
  if (result.most === 0) return `${one} and ${two} are the same map here.`;
  const at = `${Math.floor(result.x / scale[0])}, ${Math.floor(result.y / scale[1])}`;
  return (
    `${one} and ${two} differ by ${percent(result.mean)} of the maximum on average, ` +
    `by ${percent(result.most)} at most, at ${at}.`
  );
}

export function sameText(entry, titleOf) {
  if (!entry || !entry.same || !entry.same.length) return "";
  return `Identical here: ${listed([entry.method, ...entry.same].map(titleOf))}, because ${entry.because}`;
}

export function guessText(guess) {
  const off = guess.distance < 0.5 ? "Exactly there" : `${pixels(guess.distance)} off`;
  return `${off}: a ${guess.hit ? "hit" : "miss"} (a hit is within ${pixels(guess.tolerance)}).`;
}

// The index of the class that a reader typed: its name in any case, its number, or a part that only one name has.
export function findClass(text, labels) {
  const wanted = text.trim().toLowerCase();
  const folded = labels.map((label) => label.toLowerCase());
  if (folded.includes(wanted)) return folded.indexOf(wanted);
  if (/^\d+$/.test(wanted) && Number(wanted) < folded.length) return Number(wanted);
  const part = folded.filter((label) => label.includes(wanted));
  return part.length === 1 ? folded.indexOf(part[0]) : -1;
}

// The three lines of Python that make what is shown.
export function codeText({ state, shelf, picture, pixelMethod }) {
  const quoted = (text) => JSON.stringify(text);
  const layer = pixelMethod ? "" : `, layer=${quoted(state.layer)}`;
  const named = shelf.labels.filter((label) => label === shelf.labels[state.target]).length === 1;
  const target = named ? quoted(shelf.labels[state.target]) : state.target;
  const explain = (method) => `gl.explain(${shelf.code}, picture, method=${quoted(method)}${layer}, target=${target})`;
  const look = `colours=${quoted(state.colours)}`;
  const first = `picture = ${picture.code}`;
  if (state.view === "difference" && state.method_b) {
    return [first, `a, b = ${explain(state.method)}, ${explain(state.method_b)}`, "difference = a.heat - b.heat"].join("\n");
  }
  const opacity = state.view === "heat" ? 1 : state.opacity;
  return [first, `e = ${explain(state.method)}`, `e.overlay(opacity=${opacity}, ${look})`].join("\n");
}
