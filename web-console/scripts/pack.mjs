// After `vite build`: writes .br and .gz beside what shrinks, prints what each file costs on the wire, and
// fails above the budget.
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const DIST = new URL("../dist/app/", import.meta.url).pathname;
/** Bytes of everything that the first page needs, with brotli. */
const FIRST_LOAD_MAX = 300 * 1024;
/** Bytes of any chunk that is loaded later, with brotli. */
const LAZY_CHUNK_MAX = 150 * 1024;
const SHRINKS = /\.(html|js|css|svg|json|md|txt)$/;

const manifest = JSON.parse(readFileSync(join(DIST, "manifest.json"), "utf8"));
rmSync(join(DIST, "manifest.json"));

const sizes = new Map();
for (const entry of readdirSync(DIST, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || /\.(br|gz)$/.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const raw = readFileSync(path);
  let wire = raw.length;
  if (SHRINKS.test(path)) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length };
    const br = brotliCompressSync(raw, { params });
    writeFileSync(`${path}.br`, br);
    writeFileSync(`${path}.gz`, gzipSync(raw, { level: 9 }));
    wire = br.length;
  }
  sizes.set(path.slice(DIST.length), { raw: raw.length, wire });
}

// What the entry imports, what those import, and their styles; of fonts the one for Latin letters.
const first = new Set(["index.html"]);
const visit = (key) => {
  const chunk = manifest[key];
  if (!chunk || first.has(chunk.file)) return;
  first.add(chunk.file);
  for (const css of chunk.css ?? []) first.add(css);
  for (const next of chunk.imports ?? []) visit(next);
};
for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) visit(key);
for (const file of sizes.keys()) if (/inter-latin-wght-normal.*\.woff2$/.test(file)) first.add(file);

const kib = (bytes) => `${(bytes / 1024).toFixed(1).padStart(8)} KiB`;
let firstLoad = 0;
let largest = 0;
for (const [file, { raw, wire }] of [...sizes].toSorted((a, b) => b[1].wire - a[1].wire)) {
  const isFirst = first.has(file);
  if (isFirst) firstLoad += wire;
  else if (file.endsWith(".js")) largest = Math.max(largest, wire);
  console.log(`${kib(raw)} ${kib(wire)} br  ${isFirst ? "first" : "later"}  ${file}`);
}
console.log(`first load ${kib(firstLoad)} of ${kib(FIRST_LOAD_MAX)}; largest later chunk ${kib(largest)}`);
if (statSync(DIST).isDirectory() && (firstLoad > FIRST_LOAD_MAX || largest > LAZY_CHUNK_MAX)) {
  console.error("over the budget");
  process.exit(1);
}
