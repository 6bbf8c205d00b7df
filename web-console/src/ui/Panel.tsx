import { Group, Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** A part of a page with a name. */
export function Panel({
  title,
  actions,
  children,
}: {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Stack component="section" aria-label={title} className="weir-card" gap="md" p={{ base: "md", sm: "lg" }}>
      <Group justify="space-between">
        <Title order={2} fz="md">
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </Stack>
  );
}
