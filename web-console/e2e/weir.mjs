// A Weir of its own for a run: an empty folder, free ports, gone afterwards.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const READY_TRIES_MAX = 300;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export async function startWeir(binary) {
  const folder = mkdtempSync(join(tmpdir(), "weir-e2e-"));
  const [api, kafka, tls] = [await freePort(), await freePort(), await freePort()];
  const args = ["up", "--data-dir", join(folder, "data"), "--api-addr", `127.0.0.1:${api}`];
  args.push("--kafka-addr", `127.0.0.1:${kafka}`, "--kafka-tls-addr", `127.0.0.1:${tls}`);
  args.push("--jwks-networks", "127.0.0.0/8");
  const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: join(folder, "config") };
  const child = spawn(binary, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  const origin = `http://127.0.0.1:${api}`;
  for (let tries = 0; ; tries += 1) {
    const up = await fetch(`${origin}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) break;
    if (tries > READY_TRIES_MAX || child.exitCode !== null) throw new Error("weir up did not become ready");
    await pause(100);
  }
  const admin = JSON.parse(readFileSync(join(folder, "data/admin.json"), "utf8"));
  const stop = async () => {
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
    rmSync(folder, { recursive: true, force: true });
  };
  return { origin, admin, stop, ask: asker(origin, admin) };
}

/** Asks the API with the Cloud key of the first start, or another one. */
function asker(origin, admin) {
  return async (method, path, body, key = `${admin.api_key}:${admin.api_secret}`) => {
    const headers = { authorization: `Basic ${Buffer.from(key).toString("base64")}` };
    if (body) headers["content-type"] = "application/json";
    const answer = await fetch(origin + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
}
