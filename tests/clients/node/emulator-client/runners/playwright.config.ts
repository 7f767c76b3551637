import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  testMatch: "playwright.spec.ts",
  outputDir: process.env.RESULTS ?? "test-results",
  workers: 1,
  reporter: "list",
});
