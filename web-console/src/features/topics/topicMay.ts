import { t } from "@/i18n";
import type { Schemas } from "@/api/client";
import type { Verdict } from "@/lib/permissions";

/** Whether a topic lets whoever asked do something: the API says which operations it allows. */
export function topicMay(topic: Schemas["KafkaTopic"] | undefined, operation: string): Verdict | undefined {
  if (!topic) return undefined;
  const allowed = topic.authorized_operations ?? [];
  if (allowed.includes(operation)) return { ok: true };
  const yours = allowed.join(", ") || t("nothing");
  return {
    ok: false,
    reason: t("This takes {{operation}} on the topic. You may: {{yours}}.", { operation, yours }),
  };
}
