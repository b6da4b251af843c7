// The stage: one or two canvases with the picture, and above each a sheet of marks (outline, peak, guess).
//
// The lower canvas holds the display picture's own pixels and nothing else; the marks are drawn at the screen's
// resolution, so they stay fine however small the picture is.

import { outlineOf, traceLoops } from "./drawing.js";
import { h, put, say } from "./controls.js";

function createPane() {
  const canvas = h("canvas", { class: "gcl-canvas", role: "img" });
  const marks = h("canvas", { class: "gcl-marks", "aria-hidden": "true" });
  const veil = h("div", { class: "gcl-veil" });
  const frame = h("div", { class: "gcl-frame" }, canvas, marks, veil);
  const caption = h("figcaption", { class: "gcl-caption" });
  const root = h("figure", { class: "gcl-pane" }, frame, caption);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let image = null;
  let across = 0; // width on the screen, from the observer: reading it while drawing would force a layout

  const fit = (scene) => {
    if (canvas.width !== scene.width || canvas.height !== scene.height || !image) {
      canvas.width = scene.width;
      canvas.height = scene.height;
      image = new ImageData(scene.width, scene.height);
      frame.style.aspectRatio = `${scene.width} / ${scene.height}`;
      root.style.setProperty("--ratio", scene.width / scene.height);
    }
    return image.data;
  };
  const resize = (width) => {
    across = width;
  };
  return { root, frame, canvas, marks, veil, caption, pen, fit, resize, image: () => image, across: () => across };
}

const paths = new WeakMap(); // mask -> Path2D in the picture's pixels
function pathOf(mask) {
  if (!paths.has(mask)) {
    const path = new Path2D();
    traceLoops(path, outlineOf(mask), 1, 1);
    paths.set(mask, path);
  }
  return paths.get(mask);
}

// Light on dark, so that a mark shows on any ground.
function twice(pen, thin, draw) {
  pen.lineWidth = thin + 2.5;
  pen.strokeStyle = "rgba(0, 0, 0, 0.62)";
  draw();
  pen.lineWidth = thin;
  pen.strokeStyle = "#fff";
  draw();
}

// Draw marks {mask, peak, guess, cross} on a canvas `width` CSS pixels wide; places in the picture's pixels.
function drawMarks(pen, marks, size, width, ratio) {
  const scale = width / size[0];
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.lineJoin = "round";
  const ring = (x, y, radius) => {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.stroke();
  };
  const place = ([x, y]) => [(x + 0.5) * scale, (y + 0.5) * scale];
  if (marks.mask) {
    const outline = new Path2D();
    outline.addPath(pathOf(marks.mask), new DOMMatrix([scale, 0, 0, scale, 0, 0]));
    twice(pen, 1.75, () => pen.stroke(outline));
  }
  if (marks.peak) {
    const [x, y] = place(marks.peak);
    twice(pen, 1.75, () => ring(x, y, 7));
    pen.fillStyle = "#fff";
    pen.beginPath();
    pen.arc(x, y, 1.6, 0, 2 * Math.PI);
    pen.fill();
  }
  for (const spot of [marks.guess, marks.cross]) {
    if (!spot) continue;
    const [x, y] = place(spot);
    twice(pen, 2, () => {
      pen.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        pen.moveTo(x + 4 * dx, y + 4 * dy);
        pen.lineTo(x + 14 * dx, y + 14 * dy);
      }
      pen.stroke();
    });
  }
  if (marks.guess && marks.peak) {
    pen.setLineDash([3, 4]);
    twice(pen, 1.5, () => {
      pen.beginPath();
      pen.moveTo(...place(marks.guess));
      pen.lineTo(...place(marks.peak));
      pen.stroke();
    });
    pen.setLineDash([]);
  }
}

// createStage({onplace}): `onplace(place, finished)` hears where a guess is moved and made, in the picture's pixels.
export function createStage({ onplace }) {
  const panes = [createPane(), createPane()];
  const root = h("div", { class: "gcl-stage" }, ...panes.map((pane) => pane.root));
  panes[1].root.hidden = true;
  let shown = []; // what each pane shows: {marks, size}
  let guessing = false;
  let size = [1, 1];

  const mark = (i) => {
    const pane = panes[i];
    const width = pane.across();
    if (!shown[i] || !width) return;
    const ratio = window.devicePixelRatio || 1;
    const [w, hh] = [Math.round(width * ratio), Math.round((width * ratio * shown[i].size[1]) / shown[i].size[0])];
    if (pane.marks.width !== w || pane.marks.height !== hh) {
      pane.marks.width = w;
      pane.marks.height = hh;
    }
    drawMarks(pane.marks.getContext("2d"), shown[i].marks, shown[i].size, width, ratio);
  };

  const observer = new ResizeObserver((entries) => {
    for (const entry of entries) {
      const i = panes.findIndex((pane) => pane.frame === entry.target);
      panes[i].resize(entry.contentRect.width);
      mark(i);
    }
  });
  for (const pane of panes) observer.observe(pane.frame);

  const frame = panes[0].frame;
  const placeOf = (event) => {
    const box = frame.getBoundingClientRect();
    const inside = (value, most) => Math.min(Math.max(Math.floor(value * most), 0), most - 1);
    return [
      inside((event.clientX - box.left) / box.width, size[0]),
      inside((event.clientY - box.top) / box.height, size[1]),
    ];
  };
  frame.addEventListener("click", (event) => guessing && onplace(placeOf(event), true));
  frame.addEventListener("keydown", (event) => {
    if (!guessing) return;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key in moves) onplace(null, false, moves[event.key], event.shiftKey);
    else if (event.key === "Enter" || event.key === " ") onplace(null, true);
    else return;
    event.preventDefault();
  });

  return {
    root,
    panes,
    frame,
    stop: () => observer.disconnect(),
    // Guessing makes the first picture a control: it takes the focus and says how it is used.
    guessing: (on, spoken) => {
      guessing = on;
      frame.classList.toggle("gcl-guessing", on);
      if (on) {
        put(frame, "tabindex", 0);
        put(frame, "role", "application");
        put(frame, "aria-label", spoken);
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) frame.removeAttribute(name);
      }
    },
    // Nothing to draw yet, and why.
    wait: (text) => {
      say(panes[0].veil, text);
      panes[0].veil.hidden = false;
    },
    spoken: () => shown.map((item) => item.label).join(" "),
    // show([{scene, paint(out), caption, label, marks, size, veil}, ...]): draw one pane or two, now.
    show: (list) => {
      shown = list;
      root.classList.toggle("gcl-two", list.length > 1);
      panes.forEach((pane, i) => {
        const item = list[i];
        pane.root.hidden = !item;
        if (!item) return;
        if (i === 0) size = item.size;
        const out = pane.fit(item.scene);
        item.paint(out);
        pane.pen.putImageData(pane.image(), 0, 0);
        say(pane.caption, item.caption);
        put(pane.canvas, "aria-label", item.label);
        say(pane.veil, item.veil || "");
        pane.veil.hidden = !item.veil;
        mark(i);
      });
    },
    // What is shown, with its marks, as one canvas at the display picture's resolution.
    photograph: () => {
      const gap = 12;
      const widths = shown.map((_, i) => panes[i].canvas.width);
      const sheet = document.createElement("canvas");
      sheet.width = widths.reduce((sum, width) => sum + width, gap * (shown.length - 1));
      sheet.height = panes[0].canvas.height;
      const pen = sheet.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, sheet.width, sheet.height);
      shown.forEach((item, i) => {
        const left = i * (widths[0] + gap);
        pen.drawImage(panes[i].canvas, left, 0);
        const layer = document.createElement("canvas");
        layer.width = widths[i];
        layer.height = sheet.height;
        drawMarks(layer.getContext("2d"), item.marks, item.size, widths[i], 1);
        pen.drawImage(layer, left, 0);
      });
      return sheet;
    },
  };
}
