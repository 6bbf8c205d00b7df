import type { Schemas } from "@/api/client";
import { t } from "@/i18n";

export type ValueType = "JSON" | "STRING" | "BINARY";

interface Typed {
  key: string;
  value: string;
  type: ValueType;
  /** Empty for any. */
  partition: string;
}

/** Numbers above this lose digits when a browser reads them as JSON. */
const LONG_NUMBER = /(?<![\w."])-?\d{17,}(?![\w."])/;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The record that was typed, or what is wrong with it. */
export function recordOf({ key, value, type, partition }: Typed): {
  record: Schemas["RecordCreate"];
  mistake?: string;
} {
  const record: Schemas["RecordCreate"] = { value: { type, data: value } };
  if (key !== "") record.key = { type: "STRING", data: key };
  if (partition !== "") record.partition_id = Number(partition);
  if (type === "BINARY" && !BASE64.test(value)) return { record, mistake: t("This is not base64.") };
  if (type === "JSON") {
    if (LONG_NUMBER.test(value)) {
      return {
        record,
        mistake: t("A browser cannot keep numbers of 17 digits and more exact: send it as text."),
      };
    }
    try {
      record.value = { type, data: JSON.parse(value) as unknown };
    } catch (error) {
      return { record, mistake: t("This is not JSON: {{why}}", { why: (error as Error).message }) };
    }
  }
  return { record };
}
