// A small application: it books a customer into the first free half hour of a day, with the Microsoft Graph client.
import { Client, HTTPMessageHandler } from "@microsoft/microsoft-graph-client";

const HALF_AN_HOUR = 30 * 60 * 1000;

/** A Graph client for an address such as https://graph.microsoft.com/ and a token. */
export function connect(baseUrl, token) {
  // the handler puts the token on, also over plain http, where authProvider would drop it
  const middleware = {
    async execute(context) {
      context.options.headers = { ...context.options.headers, Authorization: `Bearer ${token}` };
      await this.next.execute(context);
    },
    setNext(next) {
      this.next = next;
    },
  };
  middleware.setNext(new HTTPMessageHandler());
  return Client.initWithMiddleware({ baseUrl, middleware });
}

/** Books the first service of a business for a customer on a day such as "2030-01-07". */
export async function book(graph, businessId, name, day) {
  const home = `/solutions/bookingBusinesses/${businessId}`;
  const [service] = (await graph.api(`${home}/services`).get()).value;
  for (let start = Date.parse(`${day}T08:00:00Z`); start < Date.parse(`${day}T18:00:00Z`); start += HALF_AN_HOUR) {
    try {
      return await graph.api(`${home}/appointments`).post(appointment(service, name, start));
    } catch (error) {
      // what Bookings answers to a time it does not like
      if (![400, 409, 500].includes(error.statusCode)) throw error;
    }
  }
  throw new Error(`${businessId} has no time for ${name} on ${day}`);
}

function appointment(service, name, start) {
  return {
    serviceId: service.id,
    staffMemberIds: service.staffMemberIds.slice(0, 1),
    startDateTime: moment(start),
    endDateTime: moment(start + HALF_AN_HOUR),
    customers: [
      {
        "@odata.type": "#microsoft.graph.bookingCustomerInformation",
        name,
        emailAddress: `${name.split(" ")[0].toLowerCase()}@contoso.com`,
      },
    ],
  };
}

function moment(value) {
  return { dateTime: new Date(value).toISOString().slice(0, 19), timeZone: "Pacific Standard Time" };
}
