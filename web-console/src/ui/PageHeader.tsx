import { Group, Stack, Text, Title } from "@mantine/core";
import { useEffect, type ReactNode } from "react";

interface Props {
  title: string;
  /** Under the title: an id, a status, one sentence. */
  detail?: ReactNode;
  actions?: ReactNode;
}

/** The head of a page; its title is the title of the tab, too. */
export function PageHeader({ title, detail, actions }: Props) {
  useEffect(() => {
    document.title = `${title} · Weir`;
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" gap="md">
      <Stack gap={4} style={{ minWidth: 0 }}>
        <Title order={1} fz={{ base: 22, sm: 26 }} style={{ overflowWrap: "anywhere" }}>
          {title}
        </Title>
        {detail ? (
          <Text component="div" fz="sm" c="dimmed">
            {detail}
          </Text>
        ) : null}
      </Stack>
      {actions ? <Group gap="xs">{actions}</Group> : null}
    </Group>
  );
}
