// The time of the tenant as it passes: told by the emulator, carried on here while it is not frozen.

import { moment } from "./words.js";

/** A clock that is set by what the control plane tells, and shows itself every second to who asked. */
export function ticking() {
  let told = { mode: "real", now: new Date().toISOString() };
  let since = Date.now();
  const faces = new Set();
  const now = () => new Date(Date.parse(told.now) + (told.mode === "frozen" ? 0 : Date.now() - since)).toISOString();
  const tick = () => faces.forEach((face) => face(moment(now()), told.mode));
  setInterval(() => told.mode !== "frozen" && tick(), 1000);
  return {
    now,
    mode: () => told.mode,
    set(given) {
      told = given;
      since = Date.now();
      tick();
    },
    shown(face) {
      faces.add(face);
      face(moment(now()), told.mode);
      return () => faces.delete(face);
    },
  };
}
