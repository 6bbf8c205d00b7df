import { t } from "@/i18n";

interface Body {
  errors?: { code?: string; detail?: string; title?: string; source?: { pointer?: string | null } | null }[];
  detail?: string;
  title?: string;
  error_code?: number;
  message?: string;
}

/** What the API answered instead of what was asked for. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  /** Seconds to wait before asking again, when the API said so. */
  readonly retryAfter: number | undefined;
  /** The member of the body that is wrong, as JSON pointer. */
  readonly pointer: string | undefined;

  constructor(response: Response, body: unknown) {
    const said = (typeof body === "object" && body !== null ? body : {}) as Body;
    const first = said.errors?.[0];
    super(
      first?.detail ??
        said.detail ??
        said.message ??
        t("The server answered {{status}}.", { status: response.status }),
    );
    this.name = "ApiError";
    this.status = response.status;
    this.code =
      first?.code ?? (said.error_code === undefined ? String(response.status) : String(said.error_code));
    this.requestId = response.headers.get("x-request-id") ?? "";
    this.retryAfter = Number(response.headers.get("retry-after")) || undefined;
    this.pointer = first?.source?.pointer ?? undefined;
  }
}

export function isDenied(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof TypeError) return t("Weir does not answer. Is it running?");
  return error instanceof Error ? error.message : String(error);
}
