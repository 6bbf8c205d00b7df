// Every page in both themes: a picture each, at phone width as well, and nothing that axe finds.
import { signIn, violations } from "./browser.mjs";

function paths({ environment_id: env, cluster_id: lkc }) {
  const cluster = `/environments/${env}/clusters/${lkc}`;
  return {
    home: "/home",
    environments: "/environments",
    environment: `/environments/${env}`,
    "new-cluster": `/environments/${env}/new-cluster`,
    overview: cluster,
    topics: `${cluster}/topics`,
    "new-topic": `${cluster}/topics?create=true`,
    groups: `${cluster}/groups`,
    group: `${cluster}/groups/billing`,
    clients: `${cluster}/clients`,
    "cluster-keys": `${cluster}/api-keys`,
    "cluster-settings": `${cluster}/settings`,
    messages: `${cluster}/topics/orders`,
    partitions: `${cluster}/topics/orders/partitions`,
    configuration: `${cluster}/topics/orders/configuration`,
    keys: "/api-keys",
    "service-accounts": "/access/service-accounts",
    users: "/access/users",
    "role-bindings": "/access/role-bindings",
    audit: "/audit",
    settings: "/settings",
    device: "/device",
    "not-found": "/home/nowhere",
  };
}

async function settle(page) {
  await page.waitForLoadState("networkidle");
  await page.getByRole("status", { name: "Loading" }).first().waitFor({ state: "detached" });
}

/** Goes everywhere; what axe finds, as lines. */
export async function walk({ open, picture, admin }) {
  const found = [];
  for (const look of [{ theme: "light" }, { theme: "dark" }, { theme: "light", phone: true }]) {
    const name = look.phone ? "phone" : look.theme;
    const page = await open(look);
    await page.goto("/sign-in");
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await picture(page, `${name}-sign-in`);
    found.push(...(await violations(page)).map((line) => `${name} sign-in ${line}`));
    await signIn(page, admin);
    await page.getByRole("heading", { name: /^Welcome/ }).waitFor();
    for (const [title, path] of Object.entries(paths(admin))) {
      await page.goto(path);
      await settle(page);
      await picture(page, `${name}-${title}`);
      found.push(...(await violations(page)).map((line) => `${name} ${title} ${line}`));
    }
  }
  return found;
}
