// A list of any length, newest first: only what can be seen is there, so that tens of thousands of rows cost nothing.

import { h } from "./dom.js";

const SPARE = 6; // rows above and below what is seen
const MOST = 50_000; // items, of which the oldest go

/** Rows of one height for items in the order they came. `make(item)` builds a row, `choose(item)` opens it. */
export class VirtualList {
  constructor(height, make, label) {
    this.height = height;
    this.make = make;
    this.items = [];
    this.rows = new Map();
    this.cursor = null;
    this.missed = 0;
    this.spacer = h("div.spacer", { role: "presentation" });
    this.button = h("button", { type: "button", hidden: true, onclick: () => (this.element.scrollTop = 0) });
    this.element = h("div.rows", { tabindex: "0", role: "listbox", "aria-label": label }, h("div.newer", {}, this.button), this.spacer);
    this.element.addEventListener("scroll", () => this.paint(), { passive: true });
    new ResizeObserver(() => this.paint()).observe(this.element);
  }

  /** Have no items. */
  clear() {
    this.items = [];
    this.cursor = null;
    this.missed = 0;
    this.rows.forEach((row) => row.remove());
    this.rows.clear();
    this.element.scrollTop = 0;
    this.plan();
  }

  /** Items came; who has scrolled down goes on seeing the same rows. */
  add(items) {
    this.items.push(...items);
    if (this.items.length > MOST) this.items.splice(0, this.items.length - MOST);
    this.arrived = (this.arrived ?? 0) + items.length;
    this.plan();
  }

  /** Paint once for all that happens in one frame. */
  plan() {
    this.planned ||= requestAnimationFrame(() => {
      this.planned = null;
      const arrived = this.arrived ?? 0;
      this.arrived = 0;
      this.spacer.style.height = `${this.items.length * this.height}px`;
      if (arrived && this.element.scrollTop > this.height / 2) {
        this.element.scrollTop += arrived * this.height;
        this.missed += arrived;
      }
      this.paint();
    });
  }

  /** Have the rows there that can be seen. */
  paint() {
    const { scrollTop, clientHeight } = this.element;
    if (scrollTop <= this.height / 2) this.missed = 0;
    this.button.hidden = !this.missed;
    this.button.textContent = `${this.missed} newer ↑`;
    const first = Math.max(0, Math.floor(scrollTop / this.height) - SPARE);
    const last = Math.min(this.items.length, Math.ceil((scrollTop + clientHeight) / this.height) + SPARE);
    const seen = new Set();
    for (let place = first; place < last; place++) {
      const item = this.items[this.items.length - 1 - place];
      seen.add(item);
      let row = this.rows.get(item);
      if (!row) {
        row = this.make(item);
        this.rows.set(item, row);
        this.spacer.append(row);
      }
      row.style.top = `${place * this.height}px`;
      row.classList.toggle("is-open", item === this.cursor);
      row.setAttribute("aria-selected", item === this.cursor);
    }
    for (const [item, row] of this.rows) {
      if (!seen.has(item)) {
        row.remove();
        this.rows.delete(item);
      }
    }
  }

  /** Build the rows anew: what they show has changed. */
  renew() {
    this.rows.forEach((row) => row.remove());
    this.rows.clear();
    this.paint();
  }

  /** Move the cursor by so many rows, downwards for more; the item it is on then. */
  move(by) {
    const place = this.cursor ? this.items.length - 1 - this.items.indexOf(this.cursor) : by > 0 ? -1 : 0;
    const next = Math.min(Math.max(place + by, 0), this.items.length - 1);
    this.select(this.items[this.items.length - 1 - next] ?? null);
    return this.cursor;
  }

  /** Put the cursor on an item and have it in sight. */
  select(item) {
    this.cursor = item;
    if (item) {
      const top = (this.items.length - 1 - this.items.indexOf(item)) * this.height;
      const { scrollTop, clientHeight } = this.element;
      if (top < scrollTop) this.element.scrollTop = top;
      else if (top + this.height > scrollTop + clientHeight) this.element.scrollTop = top + this.height - clientHeight;
    }
    this.paint();
  }
}
