// A reception in the browser: it signs a person in by MSAL (authorization code with PKCE), lists what can be booked, and books.
import { Graph } from "./graph.js";

const SCOPES = ["User.Read", "Bookings.Read.All", "BookingsAppointment.ReadWrite.All"];
const find = (selector) => document.querySelector(selector);
const form = find("#booking");
const say = (text) => { find("#status").textContent = text; };

const { authority, clientId, graphUrl } = await (await fetch("config.json")).json();
const application = new msal.PublicClientApplication({
  auth: {
    clientId,
    authority,
    knownAuthorities: [new URL(authority).host], // with the port: nobody is asked whether the authority is Microsoft's
    redirectUri: `${location.origin}/`,
  },
});
const graph = new Graph(graphUrl, getToken);

async function getToken() {
  const account = application.getActiveAccount();
  try {
    return (await application.acquireTokenSilent({ scopes: SCOPES, account })).accessToken;
  } catch (error) {
    if (!(error instanceof msal.InteractionRequiredAuthError)) throw error;
    await application.acquireTokenRedirect({ scopes: SCOPES, account }); // leaves the page
    throw error;
  }
}

function fill(select, rows) {
  select.replaceChildren(...rows.map(({ id, displayName }) => new Option(displayName, id)));
}

let services = [];

async function showServices() {
  services = await graph.services(form.business.value);
  fill(form.service, services);
}

async function showBooked() {
  const booked = form.date.value ? await graph.appointments(form.business.value, form.date.value) : [];
  find("#booked").replaceChildren(...booked.map(({ serviceName, startDateTime, customers }) => {
    const item = document.createElement("li");
    item.textContent = `${startDateTime.dateTime.slice(11, 16)} ${serviceName}: ${customers.map(({ name }) => name).join(", ")}`;
    return item;
  }));
}

async function book(event) {
  event.preventDefault();
  const service = services.find(({ id }) => id === form.service.value);
  const made = await graph.book(form.business.value, service, Object.fromEntries(new FormData(form)));
  await showBooked();
  say(`${made.serviceName} is booked.`);
}

/** Runs a task for an event; what goes wrong is said on the page. */
const told = (task) => (event) => task(event).catch((error) => say(error.message));

async function start() {
  await application.initialize();
  const answer = await application.handleRedirectPromise();
  const account = answer?.account ?? application.getAllAccounts()[0];
  if (!account) {
    find("#sign-in").hidden = false;
    return;
  }
  application.setActiveAccount(account);
  find("#sign-out").hidden = false;
  const { displayName, userPrincipalName } = await graph.me();
  find("#who").textContent = `${displayName} (${userPrincipalName})`;
  fill(form.business, await graph.businesses());
  await showServices();
  find("main").hidden = false;
}

find("#sign-in").addEventListener("click", told(() => application.loginRedirect({ scopes: SCOPES })));
find("#sign-out").addEventListener("click", told(() => application.logoutRedirect()));
form.business.addEventListener("change", told(showServices));
form.date.addEventListener("change", told(showBooked));
form.addEventListener("submit", told(book));
await start().catch((error) => say(error.message));
