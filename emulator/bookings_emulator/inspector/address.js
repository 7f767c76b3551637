// The state of the page as its address: `#/exchanges?q=status:5xx&open=12`, so that a view can be linked.

/** What the address says: the names of its path, and its parameters. */
export function read() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const names = path.split("/").filter(Boolean).map(decodeURIComponent);
  return { names, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a view; parameters that are empty are left out. */
export function to(names, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const path = names.map(encodeURIComponent).join("/");
  return `#/${path}${pairs.length ? `?${new URLSearchParams(pairs)}` : ""}`;
}

/** Go to a view. */
export function go(names, query = {}) {
  location.hash = to(names, query);
}

/** Change parameters of the present view, without a step in the history and without building the view anew. */
export function note(changes) {
  const { names, query } = read();
  history.replaceState(null, "", to(names, { ...query, ...changes }));
}
