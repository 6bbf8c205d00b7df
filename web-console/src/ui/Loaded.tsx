import { Skeleton, Stack } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { t } from "@/i18n";

import { ErrorNote } from "./ErrorNote";

interface Props<T> {
  query: UseQueryResult<T>;
  /** Lines of the skeleton that stands in for what is not there yet. */
  lines?: number;
  children: (data: T) => ReactNode;
}

/** What a query brought; before, a skeleton of about its shape; else why not. */
export function Loaded<T>({ query, lines = 5, children }: Props<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <ErrorNote error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Stack gap="xs" role="status" aria-label={t("Loading")}>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height={line === 0 ? 34 : 42} />
      ))}
    </Stack>
  );
}
