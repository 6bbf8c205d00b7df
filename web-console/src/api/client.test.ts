import { expect, test } from "vitest";

import { all, ask, nextToken } from "./client";
import { ApiError } from "./errors";

test("a list is read page after page, by the token in the link to the next one", async () => {
  const asked: (string | undefined)[] = [];
  const rows = await all((token) => {
    asked.push(token);
    const next = token ? null : "http://127.0.0.1:8080/org/v2/environments?page_size=1&page_token=abc";
    return Promise.resolve({ data: [asked.length], metadata: { next } });
  });
  expect(rows).toEqual([1, 2]);
  expect(asked).toEqual([undefined, "abc"]);
  expect(nextToken({ metadata: {} })).toBeUndefined();
});

test("a failure says what the API said, with the request to look up", async () => {
  const headers = { "x-request-id": "r-1", "retry-after": "3" };
  const response = new Response(undefined, { status: 429, headers });
  const error = { errors: [{ code: "sign_in_throttled", detail: "too many failed attempts" }] };
  const failure = await ask(Promise.resolve({ error, response })).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(ApiError);
  expect(failure).toMatchObject({
    message: "too many failed attempts",
    code: "sign_in_throttled",
    requestId: "r-1",
    retryAfter: 3,
  });
});

test("a failure of a cluster has its own form", async () => {
  const response = new Response(undefined, { status: 404 });
  const error = { error_code: 40403, message: "This server does not host this topic-partition." };
  await expect(ask(Promise.resolve({ error, response }))).rejects.toMatchObject({
    code: "40403",
    status: 404,
  });
});
