// The Explorer as a widget: the panel's `source` is the model that the kernel and the page share.

import { createExplorer } from "./panel.js";
import { sourceOf } from "./source.js";

function render({ model, el }) {
  el.classList.add("gcl-root");
  const source = sourceOf(model);
  // Without a kernel (a page of the book) nobody answers this, and the panel offers what the atlas holds.
  try {
    source.ask({ kind: "hello" });
  } catch {
    // there is no kernel, and no wire to one either
  }
  const stop = createExplorer(el, source);
  return () => {
    stop();
    source.stop();
  };
}

export default { render };
