import { SimpleGrid, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** Names and values side by side. */
export function Facts({ facts, cols = 3 }: { facts: [string, ReactNode][]; cols?: number }) {
  return (
    <SimpleGrid component="dl" m={0} cols={{ base: 1, sm: cols }} spacing="lg" verticalSpacing="md">
      {facts.map(([name, value]) => (
        <Stack key={name} gap={2} style={{ minWidth: 0 }}>
          <Text component="dt" fz="xs" c="dimmed">
            {name}
          </Text>
          <Text component="dd" m={0} fz="sm" style={{ overflowWrap: "anywhere" }}>
            {value}
          </Text>
        </Stack>
      ))}
    </SimpleGrid>
  );
}
