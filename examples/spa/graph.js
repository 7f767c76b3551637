// What the page asks of Microsoft Graph: who is signed in, what can be booked, what is booked.
export class Graph {
  /** A client for an address such as https://graph.microsoft.com/v1.0; `getToken` gives an access token. */
  constructor(baseUrl, getToken) {
    this.baseUrl = baseUrl;
    this.getToken = getToken;
  }

  async call(path, body) {
    const headers = { Authorization: `Bearer ${await this.getToken()}`, "Content-Type": "application/json" };
    const request = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
    const answer = await fetch(this.baseUrl + path, request);
    if (answer.ok) return answer.json();
    const { error } = await answer.json();
    // the service says nothing more; the emulator says why
    const reason = answer.headers.get("x-emulator-reason") ?? error.message;
    throw new Error(`${answer.status} ${error.code}: ${reason}`);
  }

  me() {
    return this.call("/me?$select=displayName,userPrincipalName");
  }

  async businesses() {
    return (await this.call("/solutions/bookingBusinesses")).value;
  }

  async services(business) {
    return (await this.call(`${home(business)}/services`)).value;
  }

  async appointments(business, date) {
    const day = new URLSearchParams({ start: `${date}T00:00:00Z`, end: `${date}T23:59:59Z` });
    return (await this.call(`${home(business)}/calendarView?${day}`)).value;
  }

  book(business, service, { date, time, name, mail }) {
    const start = new Date(`${date}T${time}Z`);
    const end = new Date(start.getTime() + minutes(service.defaultDuration) * 60_000);
    return this.call(`${home(business)}/appointments`, {
      serviceId: service.id,
      staffMemberIds: service.staffMemberIds.slice(0, 1),
      startDateTime: { dateTime: start.toISOString(), timeZone: "UTC" },
      endDateTime: { dateTime: end.toISOString(), timeZone: "UTC" },
      customers: [{ "@odata.type": "#microsoft.graph.bookingCustomerInformation", name, emailAddress: mail }],
    });
  }
}

function home(business) {
  return `/solutions/bookingBusinesses/${encodeURIComponent(business)}`;
}

/** The minutes of a duration such as PT1H30M. */
function minutes(duration) {
  const [, hours = 0, rest = 0] = /^PT(?:(\d+)H)?(?:(\d+)M)?/.exec(duration) ?? [];
  return Number(hours) * 60 + Number(rest);
}
