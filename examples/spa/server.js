// Serves the page on http://localhost:3000, with MSAL from node_modules and the addresses of the emulator from the environment.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const FILES = {
  "/": ["index.html", "text/html"],
  "/style.css": ["style.css", "text/css"],
  "/app.js": ["app.js", "text/javascript"],
  "/graph.js": ["graph.js", "text/javascript"],
  "/msal-browser.min.js": ["node_modules/@azure/msal-browser/lib/msal-browser.min.js", "text/javascript"],
};
const {
  BOOKINGS_EMULATOR_AUTHORITY: authority = "https://localhost:8366/contoso.onmicrosoft.com",
  BOOKINGS_EMULATOR_GRAPH: graphUrl = "http://localhost:8365/v1.0",
  CLIENT_ID: clientId = "5a000000-0000-4000-8000-000000000001",
  PORT: port = "3000",
} = process.env;
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src data:", "frame-ancestors 'none'",
  `connect-src 'self' ${new URL(authority).origin} ${new URL(graphUrl).origin}`,
].join("; ");

const server = createServer(async ({ url }, response) => {
  const { pathname } = new URL(url, "http://localhost");
  const [file, type] = FILES[pathname] ?? [];
  const body = pathname === "/config.json" ? JSON.stringify({ authority, clientId, graphUrl })
    : file && await readFile(fileURLToPath(new URL(file, import.meta.url)));
  if (!body) {
    response.writeHead(404).end();
    return;
  }
  const headers = { "Content-Type": `${type ?? "application/json"}; charset=utf-8`, "Content-Security-Policy": POLICY };
  response.writeHead(200, headers).end(body);
});
server.listen(Number(port), "localhost", () => console.log(`Reception at http://localhost:${server.address().port}/`));
