// Elements are made from names, attributes and children; data only ever becomes text, never markup.

/** An element: `element("button", {type: "button", onclick: work}, "Book")`. Attributes that are null are left out. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Show these children in the place of all there are. */
export function replaceChildren(parent, ...children) {
  parent.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
}

/** A link that may come from data: only to the web, never to a script. */
export function safeLink(address, text) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  return element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** Tell people who do not see the page what has changed, and those who do. */
export function announce(place, text, kind = "status") {
  replaceChildren(place, text ? element("p", { role: kind === "error" ? "alert" : "status", class: `notice ${kind}` }, text) : null);
}
