// Signing in with @azure/identity, by https: `bookings-emulator exec --https -- npm test` has node trust it.
import { expect } from "vitest";
import { connect } from "../src/graph.js";
import { Reception } from "../src/reception.js";
import { signIn } from "../src/sign-in.js";
import { DENTAL, test } from "./setup.js";

const clientId = "70000000-0000-4000-8000-000000000001"; // the persona `application` of the fixture

test("the application signs in with its secret, and calls Graph with its token", async ({ bookings }) => {
  const { authority } = await bookings.index();
  expect(authority, "run it by: bookings-emulator exec --https -- npm test").toMatch(/^https:/);
  const token = signIn({ authority, clientId, secret: "application-secret" });
  expect(await new Reception(connect(bookings.graphUrl, token), DENTAL).services()).toHaveLength(8);
  expect((await bookings.journal.list({ operation: "listServices" }))[0]?.persona).toBe("application");
});

test("a wrong secret is refused in the words of Entra", async ({ bookings }) => {
  const { authority } = await bookings.index();
  await expect(signIn({ authority, clientId, secret: "wrong" })()).rejects.toThrow(/AADSTS7000215/);
});
