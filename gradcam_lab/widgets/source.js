// Where a widget's state lives, for a panel: the model that the kernel and the page share. What is set is drawn at once
// by whoever sets it; the kernel hears of it a moment later, if there is one.

const PAUSE = 120; // milliseconds after the last change before the kernel hears of it

export function sourceOf(model) {
  const listeners = new Map();
  let live = false;
  let pending = 0;
  const heard = (name, ...rest) => (listeners.get(name) || []).forEach((listener) => listener(...rest));
  const flush = () => {
    clearTimeout(pending);
    pending = 0;
    model.save_changes();
  };
  const onMessage = (message, buffers) => {
    if (message.kind === "hello") {
      live = true;
      heard("live");
    } else heard("message", message, buffers);
  };
  model.on("msg:custom", onMessage);
  return {
    get: (name) => model.get(name),
    set: (changes) => {
      for (const [name, value] of Object.entries(changes)) model.set(name, value);
      clearTimeout(pending);
      pending = setTimeout(flush, PAUSE);
    },
    on: (name, listener) => {
      if (name === "live" || name === "message") {
        listeners.set(name, [...(listeners.get(name) || []), listener]);
        return () => listeners.set(name, listeners.get(name).filter((each) => each !== listener));
      }
      model.on(`change:${name}`, listener);
      return () => model.off(`change:${name}`, listener);
    },
    ask: (message, buffers = []) => {
      if (pending) flush();
      model.send(message, undefined, buffers);
    },
    live: () => live,
    stop: () => {
      if (pending) flush();
      model.off("msg:custom", onMessage);
    },
  };
}
