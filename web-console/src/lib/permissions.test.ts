import { expect, test } from "vitest";

import { verdict } from "./permissions";

const ORG = "crn://confluent.cloud/organization=o";
const ENV = `${ORG}/environment=env-1`;
const LKC = `${ENV}/cloud-cluster=lkc-1`;

test("a role covers what is below its scope, and nothing beside it", () => {
  const admin = [{ role_name: "EnvironmentAdmin", crn_pattern: ENV }];
  expect(verdict(admin, "change this cluster", LKC).ok).toBe(true);
  expect(verdict(admin, "change this cluster", `${ORG}/environment=env-10/cloud-cluster=lkc-1`).ok).toBe(
    false,
  );
  expect(verdict(admin, "create environments", ORG).ok).toBe(false);
});

test("a role on topics of a cluster lets their owner try there", () => {
  const owner = [{ role_name: "DeveloperManage", crn_pattern: `${LKC}/kafka=lkc-1/topic=orders.*` }];
  expect(verdict(owner, "create topics here", LKC).ok).toBe(true);
  expect(verdict(owner, "change this cluster", LKC).ok).toBe(false);
});

test("a refusal names the roles that would do, and those there are", () => {
  const no = verdict([{ role_name: "Operator", crn_pattern: ORG }], "create environments", ORG);
  expect(no).toEqual({
    ok: false,
    reason: "To create environments takes the role OrganizationAdmin. Yours: Operator.",
  });
});
