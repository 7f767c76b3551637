// The reception of a clinic on Microsoft Bookings: it finds free times, books, moves and cancels, and lists a day.

import { GraphError, type Client } from "@microsoft/microsoft-graph-client";
import type {
  BookingAppointment,
  BookingCustomer,
  BookingCustomerInformation,
  BookingService,
  StaffAvailabilityItem,
} from "@microsoft/microsoft-graph-types";

export interface Guest {
  name: string;
  email: string;
}

/** A time that can be booked, and who is free then. */
export interface Slot {
  start: Date;
  staff: string;
}

/** No member of the staff has time for a service on a day. */
export class NoTimeError extends Error {}

const HALF_AN_HOUR = 30 * 60_000;

export class Reception {
  constructor(
    private readonly graph: Client,
    readonly business: string,
  ) {}

  get #home(): string {
    return `/solutions/bookingBusinesses/${this.business}`;
  }

  async services(): Promise<BookingService[]> {
    return this.#all(`${this.#home}/services`);
  }

  async service(name: string): Promise<BookingService> {
    const found = (await this.services()).find((each) => each.displayName === name);
    if (!found) throw new Error(`${this.business} has no service ${name}`);
    return found;
  }

  /** The free half hours of a day, in UTC, earliest first. */
  async freeSlots(service: BookingService, day: string): Promise<Slot[]> {
    const from = new Date(`${day}T00:00:00Z`);
    const answer = await this.graph.api(`${this.#home}/getStaffAvailability`).post({
      staffIds: service.staffMemberIds,
      startDateTime: moment(from),
      endDateTime: moment(new Date(from.getTime() + 24 * 3_600_000)),
    });
    const found = (answer.value as StaffAvailabilityItem[]).flatMap(slotsOf);
    return found.sort((one, other) => one.start.getTime() - other.start.getTime());
  }

  async book(service: BookingService, guest: Guest, slot: Slot): Promise<BookingAppointment> {
    const customer: BookingCustomerInformation & { "@odata.type": string } = {
      "@odata.type": "#microsoft.graph.bookingCustomerInformation",
      name: guest.name,
      emailAddress: guest.email,
    };
    return this.graph.api(`${this.#home}/appointments`).post({
      serviceId: service.id,
      staffMemberIds: [slot.staff],
      startDateTime: moment(slot.start),
      endDateTime: moment(new Date(slot.start.getTime() + HALF_AN_HOUR)),
      customers: [customer],
    });
  }

  /** Book the first free time of a day. Throws NoTimeError. */
  async bookFirst(serviceName: string, guest: Guest, day: string): Promise<BookingAppointment> {
    const service = await this.service(serviceName);
    const [slot] = await this.freeSlots(service, day);
    if (!slot) throw new NoTimeError(`${this.business} has no time for ${serviceName} on ${day}`);
    return this.book(service, guest, slot);
  }

  async move(id: string, start: Date): Promise<void> {
    const end = new Date(start.getTime() + HALF_AN_HOUR);
    await this.#appointment(id).patch({ startDateTime: moment(start), endDateTime: moment(end) });
  }

  async cancel(id: string, message: string): Promise<void> {
    await this.graph.api(`${this.#home}/appointments/${id}/cancel`).post({ cancellationMessage: message });
  }

  async appointment(id: string): Promise<BookingAppointment> {
    return this.#appointment(id).get();
  }

  /** The appointments of a day, in UTC. */
  async day(day: string): Promise<BookingAppointment[]> {
    const query = `start=${day}T00:00:00Z&end=${day}T23:59:59Z`;
    return this.#all(`${this.#home}/calendarView?${query}`);
  }

  /** All customers, a page at a time. */
  async customers(pageSize = 100): Promise<BookingCustomer[]> {
    return this.#all(`${this.#home}/customers`, `odata.maxpagesize=${pageSize}`);
  }

  /** Add guests in one request; the names of those that were refused. */
  async addCustomers(guests: Guest[]): Promise<string[]> {
    const requests = guests.map((guest, number) => ({
      id: String(number),
      method: "POST",
      url: `${this.#home}/customers`,
      headers: { "Content-Type": "application/json" },
      body: {
        "@odata.type": "#microsoft.graph.bookingCustomer",
        displayName: guest.name,
        emailAddress: guest.email,
      },
    }));
    const { responses } = (await this.graph.api("/$batch").post({ requests })) as {
      responses: { id: string; status: number }[];
    };
    return responses.filter((each) => each.status >= 300).map((each) => guests[Number(each.id)]?.name ?? each.id);
  }

  #appointment(id: string) {
    return this.graph.api(`${this.#home}/appointments/${id}`);
  }

  async #all<Item>(path: string, prefer?: string): Promise<Item[]> {
    const found: Item[] = [];
    for (let link: string | undefined = path; link; ) {
      const request = this.graph.api(behindVersion(link));
      if (prefer) request.header("Prefer", prefer);
      const page: { value: Item[]; "@odata.nextLink"?: string } = await request.get();
      found.push(...page.value);
      link = page["@odata.nextLink"];
    }
    return found;
  }
}

/** What a refusal means, in plain words where the emulator knows them: Graph itself often says UnknownError only. */
export function explain(error: unknown): string {
  if (!(error instanceof GraphError)) return String(error);
  const headers = error.headers as Headers | undefined;
  return headers?.get("x-emulator-reason") ?? `${error.statusCode} ${error.code ?? ""} ${error.message}`.trim();
}

/** The client follows links over https only, so it is given what stands behind the version. */
function behindVersion(link: string): string {
  return link.replace(/^https?:\/\/.*?\/(?:v1\.0|beta)(?=\/)/, "");
}

function slotsOf(member: StaffAvailabilityItem): Slot[] {
  const open = (member.availabilityItems ?? []).filter((each) => each.status === "available");
  return open.flatMap((item) => {
    const [start, end] = [instant(item.startDateTime), instant(item.endDateTime)];
    const found: Slot[] = [];
    for (let at = start; at + HALF_AN_HOUR <= end; at += HALF_AN_HOUR) {
      found.push({ start: new Date(at), staff: member.staffId ?? "" });
    }
    return found;
  });
}

function instant(value: { dateTime?: string; timeZone?: string | null } | null | undefined): number {
  return Date.parse(`${value?.dateTime?.slice(0, 19)}Z`);
}

function moment(value: Date): { dateTime: string; timeZone: string } {
  return { dateTime: value.toISOString().slice(0, 19), timeZone: "UTC" };
}
