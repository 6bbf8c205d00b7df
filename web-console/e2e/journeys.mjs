// What people come for, each from the page they first see. A journey that fails throws.
import assert from "node:assert/strict";

import { signIn, violations } from "./browser.mjs";
import { startProvider } from "./provider.mjs";

/** First visit to first message: under a minute, and twelve clicks at most. */
export async function firstMessage({ open, picture, admin }) {
  const page = await open();
  let clicks = 1;
  const click = async (role, name) => {
    clicks += 1;
    await page.getByRole(role, { name, exact: true }).first().click();
  };
  const start = Date.now();
  await signIn(page, admin);
  await page.getByRole("heading", { name: /^Welcome/ }).waitFor();
  await picture(page, "first-1-home");
  await click("link", "Create a topic");
  await page.getByLabel("Name", { exact: true }).fill("orders");
  await picture(page, "first-2-topic");
  await click("button", "Create");
  await page.getByRole("heading", { name: "orders", level: 1 }).waitFor();
  await page.getByRole("textbox", { name: "Key" }).fill("o-1");
  await click("button", "Write the message");
  await page.getByText(/^Durable at partition \d+, offset 0$/).waitFor();
  await picture(page, "first-3-message");
  const seconds = (Date.now() - start) / 1000;
  assert.ok(seconds < 60 && clicks <= 12, `${seconds} s, ${clicks} clicks`);
  return `${seconds.toFixed(1)} s, ${clicks} clicks`;
}

export async function createCluster({ open, picture, admin }) {
  const page = await open({ theme: "dark" });
  await signIn(page, admin, `/environments/${admin.environment_id}`);
  await page.getByRole("link", { name: "Create a cluster" }).click();
  await page.getByRole("button", { name: /^Standard/ }).click();
  await page.getByRole("combobox", { name: "Region" }).fill("eu-west-1");
  await page.getByRole("option", { name: "eu-west-1" }).click();
  await picture(page, "cluster-1-place");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("payments");
  await picture(page, "cluster-2-review");
  await page.getByRole("button", { name: "Launch the cluster" }).click();
  await page.getByRole("heading", { name: "payments", level: 1 }).waitFor();
  await page.getByText("provisioned", { exact: true }).waitFor();
  await picture(page, "cluster-3-there");
  // A cluster that one has no key of yet: the page makes one.
  await page.getByRole("link", { name: "Consumer groups" }).click();
  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByRole("button", { name: "I have kept it" }).click();
  await page.getByRole("heading", { name: "No consumer group that you may see" }).waitFor();
}

/** The next key first, then the old one goes; what it opened it opens no more. */
export async function rotateKey({ open, picture, admin, ask }) {
  const spec = {
    display_name: "billing",
    description: "billing",
    owner: { id: "" },
    resource: { id: "cloud" },
  };
  const [person] = (await ask("GET", "/iam/v2/users")).data;
  const made = await ask("POST", "/iam/v2/api-keys", { spec: { ...spec, owner: { id: person.id } } });
  const old = `${made.id}:${made.spec.secret}`;
  await ask("GET", "/org/v2/environments", undefined, old);
  const page = await open();
  await signIn(page, admin, "/api-keys");
  await page.getByRole("button", { name: `Rotate ${made.id}` }).click();
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByRole("dialog", { name: "Your new key" }).waitFor();
  await picture(page, "rotate-1-secret");
  await page.getByRole("button", { name: "I have kept it" }).click();
  await page.getByRole("dialog", { name: `Delete key ${made.id}?` }).waitFor();
  await picture(page, "rotate-2-delete");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: `Rotate ${made.id}` }).waitFor({ state: "detached" });
  await assert.rejects(ask("GET", "/org/v2/environments", undefined, old), / 401 /);
}

export async function whoDeletedATopic({ open, picture, admin, ask }) {
  const key = `${admin.kafka_api_key}:${admin.kafka_api_secret}`;
  const topics = `/kafka/v3/clusters/${admin.cluster_id}/topics`;
  await ask("POST", topics, { topic_name: "gone" }, key);
  await ask("DELETE", `${topics}/gone`, undefined, key);
  const page = await open();
  await signIn(page, admin, "/home");
  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByLabel("Resource").fill("gone");
  await page.getByRole("button", { name: "Look" }).click();
  const row = page.getByRole("row", { name: /DeleteKafkaTopic|DeleteTopic/ });
  await row.getByText("Administrator").waitFor();
  await picture(page, "audit-1-found");
  await row.getByRole("button").click();
  await page.getByText(`DELETE ${topics}/gone`).first().waitFor();
  await picture(page, "audit-2-event");
}

/** A session that ends while somebody types: nothing that was typed is lost. */
export async function sessionEnds({ open, picture, admin, origin }) {
  const page = await open();
  await signIn(page, admin, "/environments");
  await page.getByRole("button", { name: "Create an environment" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("half typed");
  const token = await page.evaluate(() => JSON.parse(sessionStorage.getItem("weir.session")).token);
  await fetch(`${origin}/sessions`, { method: "DELETE", headers: { authorization: `Bearer ${token}` } });
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const again = page.getByRole("dialog", { name: "The session is over" });
  await again.getByRole("textbox", { name: "Password" }).fill(admin.login_password);
  await picture(page, "session-1-over");
  await again.getByRole("button", { name: "Sign in" }).click();
  await again.waitFor({ state: "detached" });
  assert.equal(await page.getByRole("textbox", { name: "Name", exact: true }).inputValue(), "half typed");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("link", { name: "half typed" }).waitFor();
}

/** Somebody who was invited signs in at the company's provider; somebody who was not is told so, and can begin again. */
export async function singleSignOn({ open, picture, elsewhere, ask }) {
  const provider = await startProvider();
  elsewhere.push(provider.issuer);
  await ask("PATCH", "/weir/v1/sso-connection", { ...provider.connection, domains: ["people.example"] });
  try {
    const invited = { email: "ada@people.example", auth_type: "AUTH_TYPE_SSO" };
    await ask("POST", "/iam/v2/invitations", invited);
    const page = await open();
    const leave = async (email) => {
      await page.getByLabel("E-mail address").fill(email);
      await page.getByRole("button", { name: "Single sign-on" }).click();
    };
    await page.goto("/sign-in");
    await leave("stranger@people.example");
    const again = page.getByRole("button", { name: "Begin again" });
    await again.waitFor();
    assert.equal(new URL(page.url()).search, "", "code and state leave the address");
    await picture(page, "sso-1-refused");
    assert.deepEqual(await violations(page), []);
    await again.click();
    await leave(invited.email);
    await page.getByRole("heading", { name: /^Welcome/ }).waitFor();
    await picture(page, "sso-2-signed-in");
    const session = await page.evaluate(() => JSON.parse(sessionStorage.getItem("weir.session")));
    assert.equal(session.email, invited.email);
  } finally {
    await ask("DELETE", "/weir/v1/sso-connection");
    provider.stop();
  }
}

/** Somebody who may only look is told why, where others have a button; and none of it is a dead end. */
export async function viewer({ open, picture, admin, ask }) {
  const [person] = (await ask("GET", "/iam/v2/users")).data;
  const [organization] = (await ask("GET", "/org/v2/organizations")).data;
  const crn_pattern = organization.metadata.resource_name;
  // The person looks after Weir: somebody else has to, before the person may not any more.
  const account = await ask("POST", "/iam/v2/service-accounts", { display_name: "keeper", description: "" });
  const bind = (id, role_name, key) =>
    ask("POST", "/iam/v2/role-bindings", { principal: `User:${id}`, role_name, crn_pattern }, key);
  await bind(account.id, "OrganizationAdmin");
  const made = await ask("POST", "/iam/v2/api-keys", {
    spec: { display_name: "keeper", owner: { id: account.id }, resource: { id: "cloud" } },
  });
  const keeper = `${made.id}:${made.spec.secret}`;
  const query = `crn_pattern=${encodeURIComponent(crn_pattern)}&principal=User:${person.id}`;
  const [full] = (await ask("GET", `/iam/v2/role-bindings?${query}`, undefined, keeper)).data;
  await bind(person.id, "Operator", keeper);
  await ask("DELETE", `/iam/v2/role-bindings/${full.id}`, undefined, keeper);

  const page = await open();
  await signIn(page, admin, "/environments");
  await page.getByRole("heading", { name: "Environments", level: 1 }).waitFor();
  const place = `/environments/${admin.environment_id}`;
  const paths = [
    "/environments",
    place,
    `${place}/clusters/${admin.cluster_id}/topics`,
    `${place}/clusters/${admin.cluster_id}/topics/orders`,
    `${place}/clusters/${admin.cluster_id}/topics/orders/configuration`,
    `${place}/clusters/${admin.cluster_id}/settings`,
    "/access/service-accounts",
    "/access/role-bindings",
    "/audit",
  ];
  for (const [at, path] of paths.entries()) {
    await page.goto(path);
    await page.locator("[data-reason]").first().waitFor();
    await picture(page, `viewer-${at + 1}`);
    const buttons = await page.getByRole("button", { name: /^(Create|Delete|Change|Bind|Add)\b/ }).count();
    assert.equal(buttons, 0, `${path} has buttons that a viewer cannot use`);
  }
  await bind(person.id, "OrganizationAdmin", keeper);
}
