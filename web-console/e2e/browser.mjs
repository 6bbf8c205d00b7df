// Debian's Chromium, with pages that note every request and every error.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import axe from "axe-core";
import { chromium } from "playwright-core";

const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
ARGS.push("--disable-background-networking", "--disable-component-update", "--disable-sync");

const WIDE = { width: 1366, height: 860 };
const PHONE = { width: 390, height: 844 };

export async function startBrowser(origin, pictures) {
  mkdirSync(pictures, { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ARGS,
  });
  const faults = [];
  // Where else a journey may lead: identity providers of people.
  const elsewhere = [];
  const open = async ({ theme = "light", phone = false } = {}) => {
    const viewport = phone ? PHONE : WIDE;
    const context = await browser.newContext({ viewport, colorScheme: theme, baseURL: origin });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on("request", (request) => {
      const url = request.url();
      const known = [origin, ...elsewhere].some((one) => url.startsWith(`${one}/`));
      if (!known && !/^(data|blob):/.test(url)) faults.push(`left the origin: ${url}`);
    });
    page.on("pageerror", (error) => faults.push(`page error: ${error.message}`));
    page.on("console", (message) => {
      // A refused sign-in, a refused page: the browser notes every answer above 400 by itself.
      const own = message.type() === "error" && !message.text().startsWith("Failed to load resource");
      if (own) faults.push(`console: ${message.text()}`);
    });
    return page;
  };
  const picture = (page, name) => page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  return { open, picture, faults, elsewhere, close: () => browser.close() };
}

export async function signIn(page, admin, to = "/") {
  await page.goto(to);
  await page.getByLabel("E-mail address").fill(admin.login_email);
  await page.getByRole("textbox", { name: "Password" }).fill(admin.login_password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** What axe finds on a page, a line each. */
export async function violations(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const result = await globalThis.axe.run(document, { runOnly: tags });
    return result.violations.map((one) => ({
      id: one.id,
      nodes: one.nodes.map((node) => `${node.target.join(" ")} ${node.failureSummary}`).slice(0, 3),
    }));
  });
  return found.map(({ id, nodes }) => `${id}: ${nodes.join(" | ").replaceAll(/\s+/g, " ")}`);
}
