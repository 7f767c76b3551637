// Signing in as an application, with @azure/identity.

import { ClientSecretCredential } from "@azure/identity";
import type { TokenSource } from "./graph.js";

export interface Application {
  /** Where tokens come from, such as `https://login.microsoftonline.com/{tenant}`. */
  authority: string;
  clientId: string;
  secret: string;
}

/** Tokens of an application, kept until they run out. */
export function signIn({ authority, clientId, secret }: Application): TokenSource {
  const { origin, pathname } = new URL(authority);
  const credential = new ClientSecretCredential(pathname.slice(1), clientId, secret, {
    authorityHost: origin,
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 0 },
  });
  return async () => (await credential.getToken("https://graph.microsoft.com/.default")).token;
}
