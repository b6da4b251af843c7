// Small pieces of the panel: native controls with a label, so that keyboard and screen reader work of themselves.

let serial = 0;
export const freshId = () => `gcl-${++serial}-${Math.random().toString(36).slice(2, 7)}`;

// h("div", {class: "x", onclick: f}, child, ...): an element.
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

// Set text or an attribute only where it differs: an untouched node costs no layout.
export const say = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};
export const put = (element, name, value) => {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
};

export function section(title, ...children) {
  return h("section", { class: "gcl-section" }, title && h("h3", { class: "gcl-title" }, title), ...children);
}

// A slider with its value in words beside the label.
export function slider({ label, min, max, step, oninput }) {
  const id = freshId();
  const value = h("output", { class: "gcl-value", for: id });
  const input = h("input", { type: "range", id, min, max, step, class: "gcl-range" });
  input.addEventListener("input", () => oninput(Number(input.value)));
  const root = h("div", { class: "gcl-field" }, h("label", { class: "gcl-label", for: id }, label), value, input);
  const show = (number, text, spoken = text) => {
    if (Number(input.value) !== number) input.value = number;
    input.style.setProperty("--share", `${((number - min) / (max - min || 1)) * 100}%`);
    say(value, text);
    put(input, "aria-valuetext", spoken);
  };
  return { root, input, show };
}

// A select; `groups` is [[group or "", [[value, text, title], ...]], ...].
export function select({ label, groups, onchange }) {
  const id = freshId();
  const input = h("select", { id, class: "gcl-select" });
  const options = (list) => list.map(([value, text, title]) => h("option", { value, title }, text));
  const fill = (all) => {
    input.replaceChildren();
    for (const [group, list] of all) {
      if (group) input.append(h("optgroup", { label: group }, ...options(list)));
      else input.append(...options(list));
    }
  };
  fill(groups);
  input.addEventListener("change", () => onchange(input.value));
  const caption = h("label", { class: "gcl-label", for: id }, label);
  const root = h("div", { class: "gcl-field" }, caption, input);
  const show = (value) => {
    if (input.value !== value) input.value = value;
  };
  return { root, input, label: caption, fill, show };
}

// A row of choices of which one is taken: native radios under a common name.
export function choices({ label, options, onchange, kind = "gcl-choices" }) {
  const name = freshId();
  const root = h("div", { class: kind, role: "radiogroup", "aria-label": label });
  let inputs = [];
  const fill = (all) => {
    const focused = inputs.find((input) => input === root.getRootNode().activeElement);
    inputs = all.map(({ value, spoken }) => {
      const input = h("input", { type: "radio", name, value, class: "gcl-radio", "aria-label": spoken });
      input.addEventListener("change", () => input.checked && onchange(input.value));
      return input;
    });
    root.replaceChildren(
      ...all.map(({ content, title }, i) => h("label", { class: "gcl-choice", title }, inputs[i], ...content)),
    );
    const again = focused && inputs.find((input) => input.value === focused.value);
    if (again) again.focus();
  };
  const show = (value) => {
    for (const input of inputs) input.checked = input.value === String(value);
  };
  fill(options);
  return { root, fill, show };
}

export function tick({ label, onchange }) {
  const input = h("input", { type: "checkbox", class: "gcl-check" });
  input.addEventListener("change", () => onchange(input.checked));
  const text = h("span", {}, label);
  const root = h("label", { class: "gcl-tick" }, input, text);
  return { root, input, text, show: (value) => (input.checked = Boolean(value)) };
}

export const button = (label, onclick, properties = {}) =>
  h("button", { type: "button", class: "gcl-button", onclick, ...properties }, label);

// Copy to the clipboard; where the page may not, select the text so that the reader can.
export async function copyText(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand ? document.execCommand("copy") : false;
  }
}
