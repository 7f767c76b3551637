// The Microsoft Graph client, for the service itself and for the emulator: only the address and the tokens differ.

import {
  Client,
  HTTPMessageHandler,
  RetryHandler,
  type Context,
  type Middleware,
} from "@microsoft/microsoft-graph-client";

/** What gives an access token: a credential of @azure/identity, or a text. */
export type TokenSource = () => Promise<string>;

/** Puts the token on every request, over plain http as well, where the client's own handler leaves it out. */
class TokenHandler implements Middleware {
  #next: Middleware | undefined;

  constructor(private readonly token: TokenSource) {}

  async execute(context: Context): Promise<void> {
    const headers = context.options?.headers as Record<string, string> | undefined;
    context.options = { ...context.options, headers: { ...headers, Authorization: `Bearer ${await this.token()}` } };
    await this.#next?.execute(context);
  }

  setNext(next: Middleware): void {
    this.#next = next;
  }
}

/** A Graph client for an address such as `https://graph.microsoft.com/v1.0`; it repeats what is throttled. */
export function connect(graphUrl: string, token: TokenSource): Client {
  const [first, retry, last] = [new TokenHandler(token), new RetryHandler(), new HTTPMessageHandler()];
  first.setNext(retry);
  retry.setNext(last);
  const { version, base } = split(graphUrl);
  return Client.initWithMiddleware({ baseUrl: base, defaultVersion: version, middleware: first });
}

function split(graphUrl: string): { version: string; base: string } {
  const end = graphUrl.lastIndexOf("/") + 1;
  return { version: graphUrl.slice(end), base: graphUrl.slice(0, end) };
}
