import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconLock } from "@tabler/icons-react";

import { ApiError, isDenied, messageOf } from "@/api/errors";
import { t } from "@/i18n";

/** What went wrong, with the code and the request to look up in logs; for a refusal, why. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const denied = isDenied(error);
  const details = error instanceof ApiError ? error : undefined;
  return (
    <Alert
      role="alert"
      color={denied ? "yellow" : "red"}
      variant="light"
      icon={denied ? <IconLock size={18} /> : <IconAlertTriangle size={18} />}
      title={denied ? t("Not allowed") : t("That did not work")}
    >
      <Stack gap={6}>
        <Text fz="sm">{messageOf(error)}</Text>
        {details ? (
          <Text fz="xs" c="dimmed" ff="monospace">
            {[details.code, details.requestId && t("request {{id}}", { id: details.requestId })]
              .filter(Boolean)
              .join(" · ")}
          </Text>
        ) : null}
        {onRetry && !denied ? (
          <Group>
            <Button size="xs" variant="default" onClick={onRetry}>
              {t("Try again")}
            </Button>
          </Group>
        ) : null}
      </Stack>
    </Alert>
  );
}
