import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { globalSetup: ["graph-bookings-emulator-client/vitest-global-setup"], testTimeout: 20_000 },
});
