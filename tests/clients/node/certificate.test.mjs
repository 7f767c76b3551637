// @azure/identity and MSAL Node sign in over https by a certificate, and call Graph with the token.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ClientCertificateCredential } from "@azure/identity";
import { ConfidentialClientApplication } from "@azure/msal-node";

const { EMULATOR_ORIGIN: origin, EMULATOR_AUTHORITY: authority, EMULATOR_CERTIFICATE: file } = process.env;
const client = "70000000-0000-4000-8000-000000000001";
const scope = "https://graph.microsoft.com/.default";
const [host, tenant] = [new URL(authority).origin, new URL(authority).pathname.slice(1)];

async function businesses(token) {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${origin}/v1.0/solutions/bookingBusinesses`, { headers });
  assert.equal(answer.status, 200);
  return (await answer.json()).value.map((business) => business.displayName);
}

test("@azure/identity", async () => {
  const options = { authorityHost: host, disableInstanceDiscovery: true };
  const credential = new ClientCertificateCredential(tenant, client, file, options);
  assert.ok((await businesses((await credential.getToken(scope)).token)).includes("Contoso Dental"));
});

test("MSAL Node", async () => {
  const pem = readFileSync(file, "utf8");
  const privateKey = pem.slice(0, pem.indexOf("-----BEGIN CERTIFICATE"));
  const sign = async (thumbprintSha256) => {
    const auth = {
      clientId: client,
      clientCertificate: { privateKey, thumbprintSha256 },
      authority,
      knownAuthorities: [new URL(authority).host],
    };
    return new ConfidentialClientApplication({ auth }).acquireTokenByClientCredential({ scopes: [scope] });
  };
  const { accessToken } = await sign(new X509Certificate(pem).fingerprint256.replaceAll(":", ""));
  assert.ok((await businesses(accessToken)).includes("Contoso Dental"));
  await assert.rejects(sign("00".repeat(32)), /AADSTS700027/);
});
