import { expect, test } from "vitest";

import { clusterScope, shortScope } from "./crn";

const LKC = "crn://confluent.cloud/organization=o/environment=env-1/cloud-cluster=lkc-1";

test("the scope of a cluster leaves Kafka out", () => {
  expect(clusterScope(`${LKC}/kafka=lkc-1`)).toBe(LKC);
  expect(clusterScope(undefined)).toBe("");
});

test("scopes are told without what is the same for all", () => {
  expect(shortScope(LKC)).toBe("environment=env-1 / cloud-cluster=lkc-1");
  expect(shortScope("crn://confluent.cloud/organization=o")).toBe("organization");
});
