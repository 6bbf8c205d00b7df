import { expect, test } from "vitest";

import { recordOf } from "./record";

const typed = { key: "", value: '{"a":1}', type: "JSON", partition: "" } as const;

test("a record is sent as what it is said to be", () => {
  expect(recordOf(typed)).toEqual({ record: { value: { type: "JSON", data: { a: 1 } } } });
  expect(recordOf({ ...typed, key: "k", value: "x", type: "STRING", partition: "2" })).toEqual({
    record: { key: { type: "STRING", data: "k" }, partition_id: 2, value: { type: "STRING", data: "x" } },
  });
});

test("what would not arrive as typed is refused before it is sent", () => {
  expect(recordOf({ ...typed, value: "{a" }).mistake).toMatch(/^This is not JSON/);
  expect(recordOf({ ...typed, value: '{"id": 12345678901234567}' }).mistake).toMatch(/17 digits/);
  expect(recordOf({ ...typed, value: '{"id": "12345678901234567"}' }).mistake).toBeUndefined();
  expect(recordOf({ ...typed, type: "BINARY", value: "YQ=" }).mistake).toBe("This is not base64.");
  expect(recordOf({ ...typed, type: "BINARY", value: "YQ==" }).mistake).toBeUndefined();
});
