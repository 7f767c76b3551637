// vitest: one emulator for the whole run, in place of one for each file of tests.

import { startEmulator } from "./launcher.js";

export default async function setup(project) {
  const emulator = await startEmulator();
  project.provide("bookingsEmulatorUrl", emulator.url);
  return () => emulator.stop();
}
