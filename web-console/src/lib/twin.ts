/** The same change for a terminal: a command where there is one, and always the request itself. */
export interface Twin {
  cli?: string;
  method: "POST" | "PATCH" | "PUT" | "DELETE";
  path: string;
  body?: unknown;
  /** Whether a key of the cluster signs in, not a Cloud key. */
  clusterKey?: boolean;
}

/** One word of a shell command. */
export function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function curl(twin: Twin, origin: string): string {
  const user = twin.clusterKey ? '"$KAFKA_KEY:$KAFKA_SECRET"' : '"$API_KEY:$API_SECRET"';
  const lines = [
    `curl -u ${user}${twin.method === "POST" ? "" : ` -X ${twin.method}`} ${word(origin + twin.path)}`,
  ];
  if (twin.body !== undefined) {
    lines.push("-H 'Content-Type: application/json'", `-d ${word(JSON.stringify(twin.body))}`);
  }
  return lines.join(" \\\n  ");
}
