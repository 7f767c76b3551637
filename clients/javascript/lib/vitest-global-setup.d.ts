import type { TestProject } from "vitest/node";
import "./vitest.js";

/** `globalSetup: ["graph-bookings-emulator-client/vitest-global-setup"]`: one emulator for the whole run. */
export default function setup(project: TestProject): Promise<() => Promise<void>>;
