// What the stage shows for a state: one or two items {scene, paint, label, caption, veil, marks, size, ...}.
//
// A scene is a picture that is ready to be drawn on: {atlas, ground, width, height, view}. An item paints itself into
// an array of pixels; what it learns while painting (shares, differences) it keeps for the words.

import { pixelsOf, readAtlas } from "./atlas.js";
import { blend, blendDifference, groundOf, lay, shareAbove } from "./drawing.js";
import { differenceText, mapText, titleText } from "./words.js";

// Packed bytes -> scene. Where an atlas only grew, its picture need not be decoded again.
export async function makeScene(data, before) {
  const atlas = data && data.byteLength ? readAtlas(data) : null;
  if (!atlas) return null;
  const [width, height] = atlas.display;
  const view = atlas.displayView;
  const known = before && before.atlas.stamp === atlas.stamp;
  const ground = known ? before.ground : groundOf(await pixelsOf(atlas.png, width, height), width, height, view);
  return { atlas, ground, width, height, view };
}

export function createPainter({ tables, titleOf, labelOf, lacking }) {
  const laid = [{}, {}]; // the last map laid for each pane: an opacity slider need not lay it again

  const heatOf = (slot, scene, entry) => {
    const memory = laid[slot];
    if (memory.entry !== entry || memory.scene !== scene) {
      const [left, top, right, bottom] = scene.view;
      memory.heat = lay(entry, right - left, bottom - top, memory.heat);
      memory.entry = entry;
      memory.scene = scene;
    }
    return memory.heat;
  };

  const base = (scene, state) => ({
    scene,
    size: scene.atlas.size,
    caption: "",
    marks: { mask: state.outline ? scene.atlas.maskOf(state.target) : null },
    paint: (out) => out.set(scene.ground),
  });

  const one = (scene, state, slot, method, opacity) => {
    const { atlas } = scene;
    const entry = atlas.mapOf(method, state.layer, state.target);
    const item = base(scene, state);
    item.veil = entry ? "" : lacking();
    item.caption = titleText(titleOf(method), labelOf(state.target), state.layer, entry);
    item.above = 0;
    if (entry && entry.peak && state.peak) item.marks.peak = entry.peak;
    if (entry && entry.h) {
      const heat = heatOf(slot, scene, entry);
      const share = state.threshold || 0.5;
      if (entry.peak) item.above = shareAbove(heat, share, scene.width * scene.height);
      item.paint = (out) => blend(out, scene, heat, tables.get(state.colours), opacity, state.threshold);
    }
    item.label = mapText({
      title: titleOf(method), label: labelOf(state.target), layer: state.layer, entry, atlas, above: item.above,
      probability: (atlas.targetOf(state.target) || {}).probability, threshold: state.threshold, outline: state.outline,
    });
    return item;
  };

  const bare = (scene, state, label) => ({ ...base(scene, state), label });

  const difference = (scene, state) => {
    const { atlas } = scene;
    const names = [state.method, state.method_b];
    const [a, b] = names.map((name) => atlas.mapOf(name, state.layer, state.target));
    const titles = names.map(titleOf);
    const item = base(scene, state);
    if (!(a && b)) return { ...item, veil: lacking(), label: `${titles[0]} minus ${titles[1]}: not computed yet.` };
    if (!(a.h && b.h)) {
      const why = (a.h ? b : a).note;
      return { ...item, veil: why, label: why };
    }
    item.caption = `Orange: more in ${titles[0]}. Blue: more in ${titles[1]}.`;
    const heats = [heatOf(0, scene, a), heatOf(1, scene, b)];
    item.paint = (out) => {
      const result = blendDifference(out, scene, ...heats, state.opacity, state.threshold);
      const scale = [scene.width / atlas.size[0], scene.height / atlas.size[1]];
      item.label = item.says = differenceText(...titles, result, scale);
    };
    return item;
  };

  return (scene, state, hidden, cross) => {
    if (hidden) {
      const item = bare(scene, state, "The picture; the map is hidden until you have guessed where it peaks.");
      item.marks = { cross };
      return [item];
    }
    if (state.view === "difference") return [difference(scene, state)];
    if (state.view === "heat") return [one(scene, state, 0, state.method, 1)];
    const first = one(scene, state, 0, state.method, state.opacity);
    if (state.view === "overlay") return [first];
    const second = state.method_b
      ? one(scene, state, 1, state.method_b, state.opacity)
      : { ...bare(scene, state, "The picture alone."), caption: "The picture alone" };
    return [first, second];
  };
}
