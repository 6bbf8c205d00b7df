import { Group, Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";

import type { Verdict } from "@/lib/permissions";

/** What one may do; or, in its place, why not. */
export function Allowed({ verdict, children }: { verdict: Verdict | undefined; children: ReactNode }) {
  if (verdict === undefined) return null;
  if (verdict.ok) return children;
  return (
    <Group gap={6} wrap="nowrap" align="flex-start" maw={420} data-reason>
      <IconLock size={15} style={{ flexShrink: 0, marginTop: 2 }} aria-hidden />
      <Text fz="xs" c="dimmed">
        {verdict.reason}
      </Text>
    </Group>
  );
}
