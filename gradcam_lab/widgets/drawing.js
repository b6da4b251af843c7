// How a small map becomes pixels: the recipe of gradcam_lab/render.py once more, in the browser.
//
// Both sides start from the same unsigned bytes and work in double precision in the same order, so the canvas and
// `Explanation.overlay()` agree to the pixel (tests/browser holds them to it). Everything here is arrays in, arrays
// out: no document, no widget, no kernel.

const DIM = 0.35; // what is left of the light where the network did not see
const MORE = [217, 95, 2]; // difference: the first map is stronger (orange)
const LESS = [31, 120, 200]; // ... the second one is (blue)

// For every pixel of a stretch of `size`, the two cells of a map row that it lies between, and how far along it is.
const plans = new Map();
function planOf(size, cells) {
  const key = `${size}/${cells}`;
  let plan = plans.get(key);
  if (!plan) {
    plan = { first: new Int32Array(size), second: new Int32Array(size), far: new Float64Array(size), near: new Float64Array(size) };
    for (let x = 0; x < size; x++) {
      const u = Math.min(Math.max(((x + 0.5) * cells) / size - 0.5, 0), cells - 1);
      const i = Math.floor(u);
      plan.first[x] = i;
      plan.second[x] = Math.min(i + 1, cells - 1);
      plan.far[x] = u - i;
      plan.near[x] = 1 - (u - i);
    }
    if (plans.size > 200) plans.clear();
    plans.set(key, plan);
  }
  return plan;
}

// A map (h x w bytes) laid bilinearly on width x height pixels. Rows first, then columns. Values stay in 0..255.
export function lay(map, width, height, into = null) {
  const { bytes, w, h } = map;
  const heat = into && into.length === width * height ? into : new Float64Array(width * height);
  const columns = planOf(width, w);
  const rows = planOf(height, h);
  const { first, second, far, near } = columns;
  const row = new Float64Array(w);
  for (let y = 0, p = 0; y < height; y++) {
    const top = rows.first[y] * w;
    const bottom = rows.second[y] * w;
    const fy = rows.far[y];
    const gy = rows.near[y];
    for (let i = 0; i < w; i++) row[i] = bytes[top + i] * gy + bytes[bottom + i] * fy;
    for (let x = 0; x < width; x++, p++) heat[p] = row[first[x]] * near[x] + row[second[x]] * far[x];
  }
  return heat;
}

// The picture as the ground of every drawing: what the network did not see is dimmed, once.
export function groundOf(rgba, width, height, view) {
  const ground = new Uint8ClampedArray(rgba);
  const [left, top, right, bottom] = view;
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p += 4) {
      if (x < left || x >= right || y < top || y >= bottom) {
        for (let c = 0; c < 3; c++) ground[p + c] = Math.floor(ground[p + c] * DIM + 0.5);
      }
      ground[p + 3] = 255;
    }
  }
  return ground;
}

// The overlay. `table` is 256 x RGB; heat below `threshold` (a share of the maximum) is not drawn.
export function blend(out, scene, heat, table, opacity, threshold) {
  const { ground, width, view } = scene;
  const [left, top, right, bottom] = view;
  out.set(ground);
  const warm = new Float64Array(768);
  const cold = new Float64Array(256);
  for (let i = 0; i < 768; i++) warm[i] = table[i] * opacity;
  for (let i = 0; i < 256; i++) cold[i] = i * (1 - opacity);
  const least = threshold * 255;
  for (let y = top, q = 0; y < bottom; y++) {
    for (let x = left, p = (y * width + left) * 4; x < right; x++, p += 4, q++) {
      const h = heat[q];
      if (h < least) continue;
      const k = ((h + 0.5) | 0) * 3;
      out[p] = (cold[ground[p]] + warm[k] + 0.5) | 0;
      out[p + 1] = (cold[ground[p + 1]] + warm[k + 1] + 0.5) | 0;
      out[p + 2] = (cold[ground[p + 2]] + warm[k + 2] + 0.5) | 0;
    }
  }
}

// Two maps, one minus the other, on the picture in grey. Returns the mean and the greatest |difference| (shares of
// the maximum) with its place in the view.
export function blendDifference(out, scene, one, two, opacity, threshold) {
  const { ground, width, view } = scene;
  const [left, top, right, bottom] = view;
  const strength = Math.min(1, 2 * opacity) / 255;
  const least = threshold * 255;
  let sum = 0;
  let most = 0;
  let place = 0;
  for (let p = 0; p < out.length; p += 4) {
    const grey = Math.floor(0.299 * ground[p] + 0.587 * ground[p + 1] + 0.114 * ground[p + 2] + 0.5);
    out[p] = out[p + 1] = out[p + 2] = grey;
    out[p + 3] = 255;
  }
  for (let y = top, q = 0; y < bottom; y++) {
    for (let x = left, p = (y * width + left) * 4; x < right; x++, p += 4, q++) {
      const d = one[q] - two[q];
      const size = Math.abs(d);
      sum += size;
      if (size > most) {
        most = size;
        place = q;
      }
      if (size < least) continue;
      const a = size * strength;
      const ink = d > 0 ? MORE : LESS;
      out[p] = (out[p] * (1 - a) + ink[0] * a + 0.5) | 0;
      out[p + 1] = (out[p + 1] * (1 - a) + ink[1] * a + 0.5) | 0;
      out[p + 2] = (out[p + 2] * (1 - a) + ink[2] * a + 0.5) | 0;
    }
  }
  const across = right - left;
  const pixels = across * (bottom - top);
  return { mean: sum / pixels / 255, most: most / 255, x: left + (place % across), y: top + Math.floor(place / across) };
}

// How much of the picture has at least `share` of the map's maximum.
export function shareAbove(heat, share, pixels) {
  const least = share * 255;
  let count = 0;
  for (let i = 0; i < heat.length; i++) if (heat[i] >= least) count++;
  return count / pixels;
}

// The outline of a mask (one bit a pixel, rows padded to nothing, most significant bit first) as closed loops of
// corner points, inside on the right hand.
export function outlineOf(mask) {
  const { bits, width, height } = mask;
  const inside = (x, y) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return false;
    const i = y * width + x;
    return ((bits[i >> 3] >> (7 - (i & 7))) & 1) === 1;
  };
  const across = width + 1;
  const steps = new Map(); // corner -> corners that an edge leads to
  const edge = (x0, y0, x1, y1) => {
    const from = y0 * across + x0;
    const to = y1 * across + x1;
    if (steps.has(from)) steps.get(from).push(to);
    else steps.set(from, [to]);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y)) continue;
      if (!inside(x, y - 1)) edge(x, y, x + 1, y);
      if (!inside(x + 1, y)) edge(x + 1, y, x + 1, y + 1);
      if (!inside(x, y + 1)) edge(x + 1, y + 1, x, y + 1);
      if (!inside(x - 1, y)) edge(x, y + 1, x, y);
    }
  }
  const loops = [];
  while (steps.size) {
    const start = steps.keys().next().value;
    const loop = [];
    let at = start;
    do {
      loop.push([at % across, Math.floor(at / across)]);
      const next = steps.get(at);
      const to = next.pop();
      if (!next.length) steps.delete(at);
      at = to;
    } while (at !== start && steps.has(at));
    loops.push(loop);
  }
  return loops;
}

// A loop of pixel corners drawn smoothly: through the middle of every edge, bent at every corner.
export function traceLoops(path, loops, scaleX, scaleY) {
  for (const loop of loops) {
    const n = loop.length;
    const middle = (i) => {
      const a = loop[i % n];
      const b = loop[(i + 1) % n];
      return [((a[0] + b[0]) / 2) * scaleX, ((a[1] + b[1]) / 2) * scaleY];
    };
    path.moveTo(...middle(0));
    for (let i = 1; i <= n; i++) {
      const corner = loop[i % n];
      path.quadraticCurveTo(corner[0] * scaleX, corner[1] * scaleY, ...middle(i));
    }
    path.closePath();
  }
}
