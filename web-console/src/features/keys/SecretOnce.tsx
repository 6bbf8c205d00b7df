import { t } from "@/i18n";
import { Button, CopyField, download, Facts, Group, IconDownload, Modal, Stack, Text } from "@/ui";

import type { KeyResource, MadeKey } from "./KeyForm";

interface Props {
  made: MadeKey;
  resource: KeyResource | undefined;
  onClose: () => void;
}

/** The secret of a new key. It is in the memory of this page only, until this is closed. */
export function SecretOnce({ made, resource, onClose }: Props) {
  const save = () => {
    const file = { api_key: made.id, api_secret: made.secret, resource: resource?.id ?? "cloud" };
    download(`api-key-${made.id}.json`, "application/json", `${JSON.stringify(file, undefined, 2)}\n`);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      title={t("Your new key")}
      closeButtonProps={{ "aria-label": t("Close") }}
      styles={{ title: { fontWeight: 650 } }}
      size="lg"
    >
      <Stack>
        <Text fz="sm">
          {t("The secret is shown this once. Weir keeps only a keyed hash of it, and cannot show it again.")}
        </Text>
        <Facts
          cols={1}
          facts={[
            [t("Key"), <CopyField key="key" value={made.id} label={t("key")} />],
            [t("Secret"), <CopyField key="secret" value={made.secret} label={t("secret")} />],
            [t("Opens"), resource?.id ?? t("the control plane")],
          ]}
        />
        <Group justify="flex-end">
          <Button variant="default" leftSection={<IconDownload size={15} />} onClick={save}>
            {t("Download")}
          </Button>
          <Button onClick={onClose}>{t("I have kept it")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
