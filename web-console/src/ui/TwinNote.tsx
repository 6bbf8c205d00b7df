import { Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { t } from "@/i18n";
import { curl, type Twin } from "@/lib/twin";

import { CodeBlock } from "./CodeBlock";

/** The same change for a terminal. */
export function TwinNote({ twin }: { twin: Twin }) {
  const [shown, setShown] = useState(twin.cli ? "cli" : "curl");
  const request = curl(twin, location.origin);
  return (
    <Stack gap={6}>
      <Group justify="space-between">
        <Text fz="sm" c="dimmed">
          {t("The same in a terminal")}
        </Text>
        {twin.cli ? (
          <SegmentedControl
            size="xs"
            aria-label={t("Which terminal command to show")}
            value={shown}
            onChange={setShown}
            data={[
              { value: "cli", label: "weir" },
              { value: "curl", label: "curl" },
            ]}
          />
        ) : null}
      </Group>
      <CodeBlock label={t("terminal command")} code={shown === "cli" && twin.cli ? twin.cli : request} />
    </Stack>
  );
}
