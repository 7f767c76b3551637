import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["vitest.test.ts"],
    globalSetup: process.env.WITHOUT_GLOBAL_SETUP ? [] : ["graph-bookings-emulator-client/vitest-global-setup"],
  },
});
