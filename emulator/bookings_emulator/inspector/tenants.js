// Tenants and state: switch, make and drop tenants; settings; snapshots to come back to; everything as a fixture.

import { at, drop, get, post } from "./api.js";
import { append, button, field, h, save, select, toast } from "./dom.js";
import { settingsCard } from "./tenant_settings.js";

/** The panel. */
export async function show({ shared, again }) {
  const [tenants, snapshots, personas, settings] = await Promise.all([get("/tenants"), get("/snapshots"), get("/personas"), settingsCard()]);
  const renewed = async () => (await shared.refreshBar(), again());
  return h("div.page", {},
    h("section.card", { "aria-label": "Tenants" }, h("header", {}, h("h2", {}, "Tenants"), h("small", {}, "isolated from each other")), tenantTable(tenants.value, shared, renewed)),
    maker(renewed),
    h("section.card", { "aria-label": "Snapshots" }, h("header", {}, h("h2", {}, "Snapshots"), h("small", {}, `of ${shared.index.tenant}: records, clock, ids, quirks, outbox, faults; all but the journal`)), snapshotTable(snapshots.value, again)),
    h("section.card", {}, h("header", {}, h("h2", {}, "State")), h("p.hint", {}, `Started from ${shared.index.fixtures.join(", ")} with the seed ${shared.index.seed}; tokens are checked at level ${shared.index.auth}.`), h("div.buttons", {},
      button("Save as a fixture", async () => save("fixture.json", JSON.stringify(await get("/state"), null, 2))),
      button("Reset", async () => {
        if (!confirm(`Reset the tenant ${shared.index.tenant} to its start?`)) return;
        await post("/reset");
        toast("The tenant was reset to its start", "good");
        again();
      }, { kind: "danger" }),
    )),
    settings,
    h("section.card", {}, h("header", {}, h("h2", {}, "Personas"), h("small", {}, "who can call, and with which permissions")), personaTable(personas.value)),
  );
}

function tenantTable(tenants, shared, renewed) {
  const head = ["name", "domain", "fixtures", "seed", ""].map((name) => h("th", {}, name));
  return h("table", {}, h("tr", {}, head), tenants.map((each) => {
    const isHere = each.name === shared.index.tenant;
    return h("tr", { "data-tenant": each.name }, h("td.tight", {}, h("strong", {}, each.name)), h("td", {}, each.domain), h("td", {}, each.fixtures.join(", ")), h("td.tight.number", {}, each.seed),
      h("td.tight", {}, h("div.buttons", {}, isHere ? h("span.tag.accent", {}, "looked at") : button("Look at it", () => shared.switchTo(each.name), { kind: "small" }),
        each.name !== "default" && button("Drop", async () => {
          await drop(`/tenants${at(each.name)}`);
          if (isHere) shared.switchTo("default");
          else await renewed();
        }, { kind: "danger small" }))));
  }));
}

function maker(renewed) {
  const name = h("input", { placeholder: "made up" });
  const fixture = h("input", { placeholder: "as this tenant" });
  const scenario = select([["", "none"]], "");
  get("/scenarios").then(({ value }) => append(scenario, [value.map((each) => h("option", { value: each.name }, each.name))]), () => {});
  const now = h("input", { placeholder: "2026-01-05T08:00:00Z" });
  const seed = h("input", { type: "number", placeholder: "as this tenant" });
  const make = async () => {
    const given = { name: name.value, fixture: fixture.value.split(/[\s,]+/).filter(Boolean), scenario: scenario.value, now: now.value, seed: seed.value && Number(seed.value) };
    const made = await post("/tenants", Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "" && value.length !== 0)));
    toast(`Created the tenant ${made.name}`, "good");
    await renewed();
  };
  return h("section.card", {}, h("header", {}, h("h2", {}, "A new tenant"), h("span.right"), button("Add", make, { kind: "primary" })),
    h("div.fields", {}, field("Name", name), field("Fixtures", fixture), field("In the starting state of a scenario", scenario), field("Clock frozen at", now), field("Seed", seed)));
}

function snapshotTable(snapshots, again) {
  const name = h("input", { placeholder: "made up", "aria-label": "Name of the snapshot" });
  const take = button("Take one", async () => {
    const made = await post("/snapshots", name.value ? { name: name.value } : {});
    toast(`Saved as ${made.name}`, "good");
    again();
  });
  const rows = snapshots.map((each) => h("tr", {}, h("td", {}, h("strong", {}, each.name)), h("td.tight", {}, h("div.buttons", {},
    button("Restore", async () => (await post(`/snapshots${at(each.name)}/restore`), toast(`The tenant was restored to ${each.name}`, "good")), { kind: "small" }),
    button("Drop", async () => (await drop(`/snapshots${at(each.name)}`), again()), { kind: "danger small" })))));
  return [h("div.buttons", {}, name, take), rows.length ? h("table", {}, rows) : h("p.nothing", {}, "There are none.")];
}

function personaTable(personas) {
  const roles = (each) => Object.entries(each.roles ?? {}).map(([business, role]) => (business === "*" ? role : `${role} of ${business}`)).join(", ");
  const head = ["name", "kind", "signs in as", "roles", "permissions"].map((name) => h("th", {}, name));
  return h("table", {}, h("tr", {}, head), personas.map((each) => h("tr", {}, h("td.tight", {}, h("strong", {}, each.name)), h("td.tight", {}, each.kind), h("td", {}, each.upn ?? each.client_id), h("td", {}, roles(each) || "none"), h("td", {}, h("small", {}, each.permissions.join(", ") || "none")))));
}
