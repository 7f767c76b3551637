// Finds an emulator or starts one: a running URL, the command, uvx, docker; in this order.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { BookingsClient } from "./client.js";

const PACKAGE = "graph-bookings-emulator";
const NOT_FOUND = "not found on the path";
const GRACE = 5_000; // milliseconds in which a process may end by itself
const KEPT = 2_000; // characters of its error output that an error shows
const running = new Set();

/** No emulator could be found or started; the message lists what was tried and what came of it. */
export class LaunchError extends Error {
  constructor(message, tried = []) {
    super(message);
    this.name = "LaunchError";
    this.tried = tried;
  }
}

export async function startEmulator(options = {}) {
  const given = { env: process.env, arguments: [], timeout: 120, ...options };
  const url = given.url ?? given.env.BOOKINGS_EMULATOR_URL;
  const key = given.key ?? given.env.BOOKINGS_EMULATOR_CONTROL_KEY;
  if (url) return useRunning(url, key);
  const tried = [];
  for (const way of waysToStart(given)) {
    const outcome = way.missing ?? (await launch(way, given, key));
    if (typeof outcome !== "string") return outcome;
    tried.push(`${way.name}: ${outcome}`);
    if (way.isFinal && !way.missing && outcome !== NOT_FOUND) break; // it is there and says what is wrong
  }
  throw new LaunchError(tellTried(tried), tried);
}

async function useRunning(url, key) {
  const client = new BookingsClient(url, { key });
  if (!(await client.isReady())) {
    const named = "it was named by the option url or by BOOKINGS_EMULATOR_URL";
    throw new LaunchError(`no emulator responds at ${url}; ${named}`, [`running emulator: none at ${url}`]);
  }
  return withEnd(client, "url", async () => {});
}

function waysToStart({ command = "bookings-emulator", image, env, arguments: words }) {
  const serve = ["serve", "--port", "0", "--log-format", "none", ...words];
  const picture = image ?? env.BOOKINGS_IMAGE;
  const container = `bookings-emulator-${randomBytes(6).toString("hex")}`;
  const run = ["run", "--rm", "--name", container, "-p", "127.0.0.1::8365", picture];
  return [
    { name: "command", file: command, words: serve, isFinal: true },
    { name: "uvx", file: "uvx", words: ["--from", PACKAGE, "bookings-emulator", ...serve] },
    {
      name: "docker",
      file: "docker",
      words: [...run, "serve", "--log-format", "none", ...words],
      container,
      missing: picture ? undefined : "no image is named; give the option image or set BOOKINGS_IMAGE",
    },
  ];
}

/** A client of what was started, or why it was not. */
async function launch(way, { env, timeout }, key) {
  const child = spawn(way.file, way.words, { env, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  running.add(child);
  const end = () => endProcess(child, way, env);
  const ready = await waitUntilReady(child, timeout);
  if (typeof ready === "string") {
    await end();
    return ready;
  }
  const url = way.container ? await publishedUrl(way.container, env) : ready.url;
  if (url === null) {
    await end();
    return "the container runs, but docker does not tell its port";
  }
  letNodeEnd(child);
  return withEnd(new BookingsClient(url, { key }), way.name, end);
}

/** What the emulator says of itself once it listens, or why that did not come. */
function waitUntilReady(child, timeout) {
  return new Promise((resolve) => {
    let said = "";
    let complained = "";
    const late = () => resolve(`was not ready within ${timeout} s${tail(complained)}`);
    const timer = setTimeout(late, timeout * 1000);
    const settle = (outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    child.once("error", (error) => settle(error.code === "ENOENT" ? NOT_FOUND : error.message));
    child.once("close", (code, signal) => settle(`ended with ${signal ?? code}${tail(complained || said)}`));
    child.stderr.on("data", (chunk) => (complained = (complained + chunk).slice(-KEPT)));
    child.stdout.on("data", (chunk) => {
      said = (said + chunk).slice(-16_384);
      const line = /^ready (\{.*\})\r?\n/m.exec(said);
      if (line) settle(JSON.parse(line[1]));
    });
  });
}

function tail(text) {
  return text.trim() ? `: ${text.trim()}` : "";
}

/** Where the port of a container is on this machine; null if docker does not tell. */
function publishedUrl(container, env) {
  return new Promise((resolve) => {
    const child = spawn("docker", ["port", container, "8365/tcp"], { env, stdio: ["ignore", "pipe", "ignore"] });
    let said = "";
    child.stdout.on("data", (chunk) => (said += chunk));
    child.once("error", () => resolve(null));
    child.once("close", () => {
      const port = /:(\d+)\s*$/m.exec(said);
      resolve(port ? `http://127.0.0.1:${port[1]}` : null);
    });
  });
}

/** The process shall not keep node alive; it ends with node at the latest. */
function letNodeEnd(child) {
  watchExit();
  for (const each of [child, child.stdout, child.stderr]) each.unref();
}

async function endProcess(child, way, env) {
  running.delete(child);
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
    if (way.container) spawn("docker", ["rm", "-f", way.container], { env, stdio: "ignore" }).on("error", () => {});
  }, GRACE);
  await ended;
  clearTimeout(timer);
}

let isWatching = false;

/** End what still runs when node ends, also by a signal that nobody else handles. */
function watchExit() {
  if (isWatching) return;
  isWatching = true;
  const endAll = () => running.forEach((child) => child.kill("SIGTERM"));
  process.once("exit", endAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(signal, () => {
      endAll();
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}

function withEnd(client, startedBy, stop) {
  return Object.assign(client, { startedBy, stop });
}

function tellTried(tried) {
  const advice = "set BOOKINGS_EMULATOR_URL to one that runs, or install it: pip install graph-bookings-emulator";
  return ["no emulator could be started; tried:", ...tried.map((each) => `  - ${each}`), advice].join("\n");
}
