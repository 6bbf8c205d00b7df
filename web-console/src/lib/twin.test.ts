import { expect, test } from "vitest";

import { curl, word } from "./twin";

test("words are quoted so that a shell reads them back", () => {
  expect(word("orders.v1")).toBe("orders.v1");
  expect(word("it's here")).toBe(`'it'\\''s here'`);
});

test("a request is the same for a terminal", () => {
  const twin = { method: "POST", path: "/org/v2/environments", body: { display_name: "it's" } } as const;
  expect(curl(twin, "http://127.0.0.1:8080")).toBe(
    `curl -u "$API_KEY:$API_SECRET" http://127.0.0.1:8080/org/v2/environments \\
  -H 'Content-Type: application/json' \\
  -d '{"display_name":"it'\\''s"}'`,
  );
  expect(curl({ method: "DELETE", path: "/x", clusterKey: true }, "http://h")).toBe(
    'curl -u "$KAFKA_KEY:$KAFKA_SECRET" -X DELETE http://h/x',
  );
});
