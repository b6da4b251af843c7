// An atlas of one picture, as gradcam_lab/widgets/atlas.py packs it:
//
//   4 bytes  length n of the index (unsigned, little endian)
//   n bytes  the index, JSON
//   rest     the body: the display picture (PNG), the masks (one bit a pixel), the maps (one byte a cell)
//
// The index counts offsets from the start of the body. Nothing is copied: maps are windows on the bytes that came.

const keyOf = (method, layer, target) => `${method}\n${layer}\n${target}`;

export function readAtlas(data) {
  const all = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (all.length < 4) return null;
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const index = JSON.parse(new TextDecoder().decode(all.subarray(4, 4 + length)));
  const body = all.subarray(4 + length);
  const maps = new Map();
  for (const entry of index.maps) {
    if (entry.h) entry.bytes = body.subarray(entry.offset, entry.offset + entry.h * entry.w);
    maps.set(keyOf(entry.method, entry.layer, entry.target), entry);
  }
  const masks = new Map();
  for (const mask of index.masks) {
    mask.bits = body.subarray(mask.offset, mask.offset + Math.ceil((mask.width * mask.height) / 8));
    masks.set(mask.target, mask);
  }
  return {
    ...index,
    png: body.subarray(index.png[0], index.png[0] + index.png[1]),
    maskOf: (target) => masks.get(target) || null,
    targetOf: (target) => index.targets.find((each) => each.index === target) || null,
    // The map asked for; a pixel method has one map whatever the layer.
    mapOf: (method, layer, target) =>
      maps.get(keyOf(method, layer, target)) || maps.get(keyOf(method, "", target)) || null,
  };
}

// The pixels (RGBA) of a PNG of this size. It has no colour profile and no alpha, so what is decoded is what was stored.
export async function pixelsOf(png, width, height) {
  const blob = new Blob([png], { type: "image/png" });
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  return pen.getImageData(0, 0, width, height).data;
}
