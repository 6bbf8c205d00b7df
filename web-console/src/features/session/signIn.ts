import { api, ask, type Schemas } from "@/api/client";
import { ApiError } from "@/api/errors";
import { session } from "@/api/session";

/** Signs in and keeps the session in this tab. `code` is of the second factor, where there is one. */
export async function signIn(email: string, password: string, code: string): Promise<void> {
  const body = { email, password, ...(code === "" ? {} : { code }) };
  begin(await ask(api.POST("/sessions", { body })));
}

/** Whether the password was right and a code is wanted as well. */
export function wantsCode(error: unknown): boolean {
  return error instanceof ApiError && error.code === "second_factor_required";
}

/** Leaves for the identity provider of an e-mail address. The browser keeps a cookie, with which alone it may come back. */
export async function beginSso(email: string): Promise<void> {
  const call = api.POST("/weir/v1/sso-sign-ins", { body: { email }, credentials: "same-origin" });
  location.assign((await ask(call)).authorization_url);
}

/** Comes back from there with what the provider added to the address. */
export async function endSso(answer: URLSearchParams): Promise<void> {
  const iss = answer.get("iss");
  const body = {
    state: answer.get("state") ?? "",
    code: answer.get("code") ?? "",
    ...(iss === null ? {} : { iss }),
  };
  begin(await ask(api.POST("/weir/v1/sso-sessions", { body, credentials: "same-origin" })));
}

/** Accepts an invitation: whoever was invited has a password from then on, and is signed in. */
export async function join(token: string, password: string, full_name: string): Promise<void> {
  const body = { token, password, ...(full_name === "" ? {} : { full_name }) };
  begin(await ask(api.POST("/weir/v1/memberships", { body })));
}

function begin({ token, user, organization }: Schemas["V1Session"]): void {
  session.begin({
    token,
    userId: user.resource_id,
    email: user.email ?? "",
    name: user.first_name || user.email || user.resource_id,
    organizationId: organization.resource_id,
    organizationName: organization.name,
  });
}

/** Ends the session here and at the server; here also when the server does not answer. */
export async function signOut(): Promise<void> {
  try {
    await api.DELETE("/sessions");
  } finally {
    session.end();
  }
}
