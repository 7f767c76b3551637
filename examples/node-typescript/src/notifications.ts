// What the clinic does with the notifications of the Bookings connector: each is taken once, whatever comes again.

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** The members of a notification that the clinic reads; the JSON Schema of the emulator has all. */
export interface AppointmentData {
  SelfServiceAppointmentId: string | null;
  ServiceName: string | null;
  CustomerName: string | null;
  StartTime: string | null;
  CancelReason: string | null;
}

export class NotificationServer {
  readonly taken: AppointmentData[] = [];
  /** The status of the next answers; 202 when there is none left. */
  readonly answers: number[] = [];
  readonly #seen = new Set<string>();
  readonly #server: Server = createServer((request, response) => {
    void this.#take(request).then((status) => response.writeHead(status).end());
  });

  /** Listens on a free port; the address for subscriptions. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/bookings`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage): Promise<number> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const status = this.answers.shift() ?? 202;
    if (status < 300 && !this.#seen.has(text)) {
      this.#seen.add(text);
      this.taken.push(JSON.parse(text) as AppointmentData);
    }
    return status;
  }
}
