// Pictures in and out: the reader's own on the way to the kernel, the drawn one on the way to the reader.

import { h } from "./controls.js";

const LARGEST = 6e6; // bytes of a file sent as it is: Jupyter's connection takes at most 10 MB at once
const LONGEST = 2048; // pixels of one that has to be made smaller first

// The file's bytes, as they are where that is possible: the kernel knows more formats than a browser, and judges them.
export async function bytesOf(file) {
  return (file.size > LARGEST ? await shrink(file) : file).arrayBuffer();
}

async function shrink(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name} is larger than ${LARGEST / 1e6} MB and no picture that this browser can make smaller.`);
  }
  const share = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.round(bitmap.width * share), Math.round(bitmap.height * share));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
}

export function download(canvas, name) {
  canvas.toBlob((blob) => {
    const link = h("a", { href: URL.createObjectURL(blob), download: `${name.replace(/[^\w.+-]+/g, "-")}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 5000);
  }, "image/png");
}

// A small PNG on a canvas of its own.
export function thumbnail(png) {
  const canvas = h("canvas", { class: "gcl-thumb" });
  createImageBitmap(new Blob([png], { type: "image/png" })).then((bitmap) => {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
  });
  return canvas;
}
