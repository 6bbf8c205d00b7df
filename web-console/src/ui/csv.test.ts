import { expect, test } from "vitest";

import { cell } from "./csv";

test("what a spreadsheet would run is a text", () => {
  expect(cell("=HYPERLINK(1)")).toBe("'=HYPERLINK(1)");
  expect(cell(-1)).toBe("-1");
});

test("separators and quotes stay in their cell", () => {
  expect(cell('a,"b"')).toBe('"a,""b"""');
  expect(cell(undefined)).toBe("");
});
