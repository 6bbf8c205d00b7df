import type { Schemas } from "@/api/client";
import { t } from "@/i18n";
import { shortScope } from "@/lib/crn";

const HOUR_MS = 3_600_000;

/** How far back to look. */
export const SINCE = [
  { value: "1h", label: t("the last hour"), ms: HOUR_MS },
  { value: "24h", label: t("the last day"), ms: 24 * HOUR_MS },
  { value: "7d", label: t("the last week"), ms: 7 * 24 * HOUR_MS },
];

/** What an event is about, without what is the same for all. */
export function resourceOf(event: Schemas["AuditEvent"]): string {
  return shortScope(event.data.resourceName);
}
