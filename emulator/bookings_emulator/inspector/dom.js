// The page as nodes: every text is set as text, so that nothing that comes from a client is ever read as HTML.

/** An element: `h("button.primary", { onclick: save, disabled: false }, "Save")`. Children may be nodes, texts or lists. */
export function h(selector, attributes = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  append(element, children);
  return element;
}

function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "class") element.className += ` ${value}`;
  else if (name === "style") Object.assign(element.style, value);
  else if (name === "value" || name === "checked" || name === "indeterminate") element[name] = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** Add children; null, undefined and false are left out. */
export function append(element, children) {
  for (const each of children.flat(Infinity)) {
    if (each === null || each === undefined || each === false) continue;
    element.append(each instanceof Node ? each : String(each));
  }
  return element;
}

/** Put children in the place of all there are. */
export function fill(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}

/** A link that leaves the page; anything but http and https stays text. */
export function outside(url, text = url) {
  const safe = /^https?:\/\//i.test(url);
  return safe ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text) : h("span", {}, text);
}

/** Text in which addresses of the web are links. */
export function linked(text) {
  return String(text).split(/(https?:\/\/[^\s<>"]+)/).map((part, index) => (index % 2 ? outside(part) : part));
}

let counter = 0;

/** A label with its field. */
export function field(label, input, hint = null) {
  input.id ||= `field-${++counter}`;
  return h("div.field", {}, h("label", { for: input.id }, label), input, hint && h("small.hint", {}, hint));
}

/** A list to choose from: values, or pairs of value and text. */
export function select(options, value, onchange, attributes = {}) {
  const made = h("select", { ...attributes, onchange: () => onchange?.(made.value) });
  for (const each of options) {
    const [word, text] = Array.isArray(each) ? each : [each, each];
    made.append(h("option", { value: word, selected: word === value }, text));
  }
  made.value = value ?? "";
  return made;
}

/** A button; what it does may be asynchronous, and while that lasts it cannot be pressed again. */
export function button(text, onclick, attributes = {}) {
  const { kind = "", ...more } = attributes;
  const made = h("button", { type: "button", class: kind, ...more }, text);
  made.addEventListener("click", async (event) => {
    event.stopPropagation();
    made.disabled = true;
    try {
      await onclick(event);
    } catch (error) {
      toast(error.message, "bad");
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

/** Say something for some seconds. `kind` is good, bad or empty. */
export function toast(message, kind = "") {
  const shown = h("div.toast", { class: kind }, h("span", {}, message));
  shown.append(h("button.plain", { type: "button", "aria-label": "Dismiss", onclick: () => shown.remove() }, "×"));
  document.getElementById("toasts").append(shown);
  setTimeout(() => shown.remove(), kind === "bad" ? 12000 : 5000);
}

/** A dialog over the page; `build(close)` makes its content. */
export function dialog(title, build, attributes = {}) {
  const shown = h("dialog", { "aria-label": title, ...attributes });
  const close = () => shown.close();
  shown.addEventListener("close", () => shown.remove());
  shown.addEventListener("mousedown", (event) => event.target === shown && close());
  const head = h("header", {}, h("h2", {}, title));
  head.append(h("button.plain", { type: "button", "aria-label": "Close", onclick: close }, "×"));
  append(shown, [head, h("div.dialog-body", {}, build(close))]);
  document.body.append(shown);
  shown.showModal();
  return shown;
}

/** Put a text on the clipboard, or show it where that is not allowed. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied`, "good");
  } catch {
    dialog(what, () => h("pre.code", {}, text));
  }
}

/** Save a text as a file. */
export function save(name, text, type = "application/json") {
  const url = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** Nothing there: a sentence that says what would be. */
export function empty(...text) {
  return h("div.empty", {}, ...text);
}
