import { useRef } from "react";

import { tagAt } from "@/api/client";
import { ApiError } from "@/api/errors";
import { t } from "@/i18n";

const CHANGED_MEANWHILE = 412;

/**
 * Sends a change only if its object is still what the form began with. When it is not, what was typed stays, and
 * sending it again writes it over what somebody else wrote.
 */
export function useTag(path: string) {
  const tag = useRef(tagAt(path));
  return async <T>(change: (header: { "If-Match"?: string }) => Promise<T>): Promise<T> => {
    try {
      return await change(tag.current ? { "If-Match": tag.current } : {});
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== CHANGED_MEANWHILE) throw error;
      tag.current = undefined;
      const text = t(
        "Somebody changed it meanwhile. What you typed is still here: save again to write over theirs.",
      );
      throw new Error(text, { cause: error });
    }
  };
}
