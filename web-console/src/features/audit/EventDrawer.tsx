import type { Schemas } from "@/api/client";
import { t } from "@/i18n";
import { moment } from "@/lib/format";
import { CodeBlock, CopyField, Drawer, Facts, Stack, StatusBadge } from "@/ui";

/** Everything that an event says. */
export function EventDrawer({ event, onClose }: { event: Schemas["AuditEvent"]; onClose: () => void }) {
  const { data } = event;
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={data.methodName}
      closeButtonProps={{ "aria-label": t("Close") }}
      styles={{ title: { fontWeight: 650, fontSize: 18 } }}
    >
      <Stack>
        <Facts
          cols={2}
          facts={[
            [t("When"), moment(event.time)],
            [t("Result"), <StatusBadge key="result" status={data.result.status} />],
            [t("Who"), data.authenticationInfo.principal || t("nobody known")],
            [
              t("Signed in with"),
              `${data.authenticationInfo.metadata.mechanism} ${data.authenticationInfo.metadata.identifier}`,
            ],
            [t("From"), data.requestMetadata.client_address.map((one) => one.ip).join(", ")],
            [
              t("Request"),
              <CopyField key="request" value={data.requestMetadata.request_id} label={t("request id")} />,
            ],
            [t("Asked for"), data.request?.access ?? ""],
            [t("With"), data.resourceName],
          ]}
        />
        <CodeBlock label={t("event as CloudEvent")} code={JSON.stringify(event, undefined, 2)} />
      </Stack>
    </Drawer>
  );
}
