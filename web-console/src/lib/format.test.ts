import { expect, test } from "vitest";

import { ago, bytes, meaning } from "./format";

test("bytes are told in the largest unit that fits", () => {
  expect(bytes(0)).toBe("0 B");
  expect(bytes(1023)).toBe("1023 B");
  expect(bytes(1536)).toBe("1.5 KiB");
  expect(bytes(20 * 1024 ** 3)).toBe("20 GiB");
});

test("what has just happened was not in the future", () => {
  const now = Date.parse("2026-11-23T12:00:00Z");
  expect(ago("2026-11-23T12:00:03Z", now)).toBe("just now");
  expect(ago("2026-11-23T11:58:30Z", now)).toBe("1 min ago");
  expect(ago("2026-11-20T12:00:00Z", now)).toBe("3 d ago");
});

test("configurations are told in words where a bare number hides them", () => {
  expect(meaning("retention.ms", "604800000")).toBe("7 d");
  expect(meaning("retention.bytes", "-1")).toBe("no limit");
  expect(meaning("max.message.bytes", "2097164")).toBe("2.0 MiB");
  expect(meaning("cleanup.policy", "delete")).toBeUndefined();
  expect(meaning("min.insync.replicas", "2")).toBeUndefined();
});
