import createClient, { type Middleware } from "openapi-fetch";

import { ApiError } from "./errors";
import type { components, paths } from "./schema.gen";
import { session } from "./session";

export type Schemas = components["schemas"];

/** The public API on the origin that the page came from; nothing else is ever asked. */
export const api = createClient<paths>({
  baseUrl: "/api",
  // Else the browser asks for a name and a password by itself at a 401, over the page, and the answer waits.
  credentials: "omit",
});

/** The newest ETag of what was read, by path. */
const tags = new Map<string, string>();

/** The ETag of what is at a path, as it was read last. */
export function tagAt(path: string): string | undefined {
  return tags.get(`/api${path}`);
}

const signIn: Middleware = {
  onRequest({ request }) {
    const token = session.get()?.token;
    if (token && !request.headers.has("authorization"))
      request.headers.set("authorization", `Bearer ${token}`);
    return request;
  },
  onResponse({ request, response }) {
    const tag = request.method === "GET" ? response.headers.get("etag") : null;
    if (tag) tags.set(new URL(request.url).pathname, tag);
    if (response.status === 401) session.expire();
    return response;
  },
};
api.use(signIn);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The body of an answer. Throws `ApiError` for a failure and `TypeError` when nobody answers. */
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw new ApiError(response, error);
  return data as T;
}

/** Pages of a list that are read at most, 100 rows each. */
const PAGES_MAX = 50;

interface List<Row> {
  data: Row[];
  metadata?: { next?: string | null };
}

/** The token of the next page, out of the link to it. */
export function nextToken(list: { metadata?: { next?: string | null } } | undefined): string | undefined {
  const next = list?.metadata?.next;
  return next ? (new URL(next, location.origin).searchParams.get("page_token") ?? undefined) : undefined;
}

/** Every row of a list, page after page. */
export async function all<Row>(page: (token: string | undefined) => Promise<List<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    // Each page's address is in the one before.
    // oxlint-disable-next-line no-await-in-loop
    const list = await page(token);
    rows.push(...list.data);
    token = nextToken(list);
    if (!token) break;
  }
  return rows;
}

/** The object that was made. What `dry_run` answers instead, which the console never asks for, has no id. */
export function created<T extends object>(answer: T): Extract<T, { id: string }> {
  if (!("id" in answer)) throw new Error("the API answered without an id");
  return answer as Extract<T, { id: string }>;
}
