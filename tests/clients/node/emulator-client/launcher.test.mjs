// The launcher: each way to an emulator, the order of the ways, what is told if none works, and the end of it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { BookingsClient, LaunchError, startEmulator } from "graph-bookings-emulator-client";

const { EMULATOR_ORIGIN: origin, EMULATOR_COMMAND: command } = process.env;
let folder, env;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "launcher-"));
  env = { PATH: folder, HOME: folder }; // nothing of this machine is found but what a test puts there
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A program on the path that writes down its words, then does what the script says. */
function install(name, script) {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho "$@" >> '${folder}/${name}.words'\n${script}\n`);
  chmodSync(file, 0o755);
}
const wordsOf = (name) => readFileSync(join(folder, `${name}.words`), "utf8").trim().split("\n");
const isUp = (url) => new BookingsClient(url).isReady();

test("a running emulator is used, and goes on when it is stopped", async () => {
  for (const options of [{ url: origin, env }, { env: { ...env, BOOKINGS_EMULATOR_URL: origin } }]) {
    const emulator = await startEmulator(options);
    assert.equal(emulator.startedBy, "url");
    await emulator.stop();
    assert.equal(await isUp(origin), true);
  }
});

test("an address where none answers is an error, and nothing else is tried", async () => {
  install("bookings-emulator", "exit 1");
  await assert.rejects(startEmulator({ url: "http://127.0.0.1:9", env }), (error) => {
    assert.ok(error instanceof LaunchError);
    assert.match(error.message, /no emulator responds at http:\/\/127\.0\.0\.1:9; .*BOOKINGS_EMULATOR_URL/);
    return true;
  });
  assert.throws(() => wordsOf("bookings-emulator"));
});

test("the command is started with the words given, and ended", async () => {
  install("bookings-emulator", `exec '${command}' "$@"`);
  const emulator = await startEmulator({ env, arguments: ["--fixture", "empty"] });
  assert.equal(emulator.startedBy, "command");
  assert.deepEqual(await emulator.businesses(), []);
  assert.match(wordsOf("bookings-emulator")[0], /^serve --port 0 .*--fixture empty$/);
  await emulator.stop();
  assert.equal(await isUp(emulator.url), false);
  await emulator.stop(); // a second time does nothing
});

test("without the command uvx starts it", async () => {
  install("uvx", `shift 3; exec '${command}' "$@"`);
  const emulator = await startEmulator({ env });
  assert.equal(emulator.startedBy, "uvx");
  assert.match(wordsOf("uvx")[0], /^--from graph-bookings-emulator bookings-emulator serve /);
  await emulator.stop();
  assert.equal(await isUp(emulator.url), false);
});

test("without both docker starts the image, and tells its port", async () => {
  const port = new URL(origin).port;
  install("docker", `case $1 in
    port) echo 127.0.0.1:${port};;
    run) echo 'ready {"url": "http://localhost:8365"}'; exec /bin/sleep 60;;
  esac`);
  const emulator = await startEmulator({ env, image: "an/image:1" });
  assert.equal(emulator.startedBy, "docker");
  assert.equal(emulator.url, `http://127.0.0.1:${port}`);
  const [run, asked] = wordsOf("docker");
  assert.match(run, /^run --rm --name (\S+) -p 127\.0\.0\.1::8365 an\/image:1 serve --log-format none$/);
  assert.equal(asked, `port ${run.split(" ")[3]} 8365/tcp`);
  await emulator.stop();
});

test("if nothing works the error lists what was tried", async () => {
  install("uvx", "echo 'no network' >&2; exit 2");
  await assert.rejects(startEmulator({ env }), (error) => {
    assert.ok(error instanceof LaunchError);
    assert.deepEqual(error.tried, [
      "command: not found on the path",
      "uvx: ended with 2: no network",
      "docker: no image is named; give the option image or set BOOKINGS_IMAGE",
    ]);
    assert.match(error.message, /no emulator could be started; tried:\n {2}- command: .*\n {2}- uvx: /);
    return true;
  });
});

test("a command that refuses its words has the last word", async () => {
  install("bookings-emulator", `exec '${command}' "$@"`);
  install("uvx", "exit 1");
  await assert.rejects(startEmulator({ env, arguments: ["--fixtur", "empty"] }), /command: ended with 2: .*--fixtur/s);
  assert.throws(() => wordsOf("uvx"));
});

test("what never becomes ready is given up and ended", async () => {
  install("bookings-emulator", `echo $$ > '${folder}/pid'; exec /bin/sleep 60`);
  await assert.rejects(startEmulator({ env, timeout: 0.5 }), /command: was not ready within 0\.5 s/);
  const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});

for (const [how, end] of [
  ["ends", ""],
  ["throws", "throw new Error('a failure')"],
  ["gets a signal", "process.kill(process.pid, 'SIGTERM'); await new Promise((resolve) => setTimeout(resolve, 10000))"],
]) {
  test(`the emulator ends with a program that ${how} without stopping it`, async () => {
    const program = `import { startEmulator } from "graph-bookings-emulator-client";
      const emulator = await startEmulator({ command: ${JSON.stringify(command)} });
      console.log(emulator.url);
      ${end}`;
    const words = ["--input-type=module", "--eval", program];
    const { BOOKINGS_EMULATOR_URL, ...clean } = process.env;
    const child = spawn(process.execPath, words, { cwd: import.meta.dirname, env: clean, stdio: ["ignore", "pipe", "ignore"] });
    let said = "";
    child.stdout.on("data", (chunk) => (said += chunk));
    const signal = await new Promise((resolve) => child.once("close", (_, signal) => resolve(signal)));
    assert.match(said, /^http:/);
    assert.equal(signal, how === "gets a signal" ? "SIGTERM" : null);
    for (let tries = 0; tries < 100 && (await isUp(said.trim())); tries++) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await isUp(said.trim()), false);
  });
}
