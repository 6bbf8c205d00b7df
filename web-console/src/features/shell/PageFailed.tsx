import type { ErrorComponentProps } from "@tanstack/react-router";

import { ErrorNote } from "@/ui";

/** A page that failed does not take the frame around it along. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  return <ErrorNote error={error} onRetry={reset} />;
}
