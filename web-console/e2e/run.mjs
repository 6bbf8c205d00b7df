// `npm run e2e`: the journeys and every page, against a real binary in a real browser. WEIR_BIN names the binary,
// WEIR_E2E_OUT where pictures go.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startBrowser } from "./browser.mjs";
import * as journeys from "./journeys.mjs";
import { walk } from "./pages.mjs";
import { startWeir } from "./weir.mjs";

const binary = process.env.WEIR_BIN ?? new URL("../../target/release/weir", import.meta.url).pathname;
const pictures = process.env.WEIR_E2E_OUT ?? mkdtempSync(join(tmpdir(), "weir-console-"));
const only = process.argv.slice(2);

const weir = await startWeir(binary);
const browser = await startBrowser(weir.origin, pictures);
const world = { ...weir, ...browser };
let failed = 0;

async function step(name, run) {
  if (only.length > 0 && !only.includes(name)) return;
  const start = Date.now();
  const faults = browser.faults.length;
  try {
    const said = await run(world);
    for (const fault of browser.faults.slice(faults)) throw new Error(fault);
    console.log(`ok     ${name} ${((Date.now() - start) / 1000).toFixed(1)} s ${said ?? ""}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}: ${error.stack ?? error}`);
  }
}

try {
  const { firstMessage, createCluster, rotateKey, whoDeletedATopic, sessionEnds, viewer } = journeys;
  const { singleSignOn } = journeys;
  for (const journey of [
    firstMessage,
    createCluster,
    rotateKey,
    whoDeletedATopic,
    sessionEnds,
    singleSignOn,
  ]) {
    await step(journey.name, journey);
  }
  await step("walk", async (all) => {
    const found = await walk(all);
    if (found.length > 0) throw new Error(`axe found\n${found.join("\n")}`);
  });
  await step(viewer.name, viewer);
} finally {
  await browser.close();
  await weir.stop();
}
console.log(`pictures: ${pictures}`);
process.exitCode = failed > 0 ? 1 : 0;
