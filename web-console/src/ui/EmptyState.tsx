import { Stack, Text, ThemeIcon, Title } from "@mantine/core";
import type { ReactNode } from "react";

import { t } from "@/i18n";

import { CodeBlock } from "./CodeBlock";

interface Props {
  icon: ReactNode;
  title: string;
  /** 1 where it is the whole page. */
  order?: 1 | 2;
  /** One sentence: what these are good for. */
  text: string;
  action?: ReactNode;
  /** One command to paste. */
  command?: string | undefined;
}

/** A list with nothing in it teaches what would be there. */
export function EmptyState({ icon, title, order = 2, text, action, command }: Props) {
  return (
    <Stack className="weir-card" align="center" ta="center" gap="sm" p="xl">
      <ThemeIcon size={44} radius="xl" variant="light" aria-hidden>
        {icon}
      </ThemeIcon>
      <Title order={order} fz="lg">
        {title}
      </Title>
      <Text fz="sm" c="dimmed" maw={520}>
        {text}
      </Text>
      {action}
      {command ? (
        <Stack w="100%" maw={620} gap={4} ta="left">
          <CodeBlock code={command} label={t("command")} />
        </Stack>
      ) : null}
    </Stack>
  );
}
