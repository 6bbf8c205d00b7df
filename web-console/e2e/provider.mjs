// An OpenID Connect provider of people on this machine, which signs everybody in at once.
import { createHash, createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";

const CLIENT = "weir";
const SECRET = "s3cret";

function part(of) {
  return Buffer.from(of).toString("base64url");
}

function signed(key, claims) {
  const head = { alg: "RS256", typ: "JWT", kid: "rsa" };
  const text = `${part(JSON.stringify(head))}.${part(JSON.stringify(claims))}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(key, "base64url")}`;
}

async function form(request) {
  let body = "";
  for await (const piece of request) body += piece;
  return new URLSearchParams(body);
}

export async function startProvider() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const codes = new Map();
  let issuer = "";

  /** Where the browser is sent back to. */
  const authorize = (asked) => {
    const now = Math.floor(Date.now() / 1000);
    const email = asked.get("login_hint");
    const claims = {
      iss: issuer,
      aud: CLIENT,
      sub: email,
      iat: now,
      exp: now + 300,
      nonce: asked.get("nonce"),
    };
    const code = randomUUID();
    codes.set(code, {
      challenge: asked.get("code_challenge"),
      token: signed(privateKey, { ...claims, email, email_verified: true, name: "Ada Lovelace" }),
    });
    const back = new URLSearchParams({ state: asked.get("state"), code, iss: issuer });
    return `${asked.get("redirect_uri")}?${back}`;
  };
  const trade = (authorization, asked) => {
    const granted = codes.get(asked.get("code"));
    codes.delete(asked.get("code"));
    const shown = createHash("sha256")
      .update(asked.get("code_verifier") ?? "")
      .digest("base64url");
    const ours = authorization === `Basic ${Buffer.from(`${CLIENT}:${SECRET}`).toString("base64")}`;
    if (!ours || granted?.challenge !== shown) return [400, { error: "invalid_grant" }];
    return [200, { access_token: "x", token_type: "Bearer", id_token: granted.token }];
  };
  const page = (path) => {
    if (path === "/keys") {
      return [
        200,
        { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "rsa", use: "sig", alg: "RS256" }] },
      ];
    }
    if (path !== "/.well-known/openid-configuration") return [404, {}];
    const ends = { jwks_uri: "keys", authorization_endpoint: "authorize", token_endpoint: "token" };
    const named = Object.entries(ends).map(([name, end]) => [name, `${issuer}/${end}`]);
    return [200, { issuer, ...Object.fromEntries(named) }];
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, issuer);
    if (url.pathname === "/authorize") {
      response.writeHead(302, { location: authorize(url.searchParams) }).end();
      return;
    }
    const isToken = request.method === "POST" && url.pathname === "/token";
    const [status, answer] = isToken
      ? trade(request.headers.authorization, await form(request))
      : page(url.pathname);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${server.address().port}`;
  const connection = { issuer, client_id: CLIENT, client_secret: SECRET };
  return { issuer, connection, stop: () => server.close() };
}
