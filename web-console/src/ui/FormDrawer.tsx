import { Button, Drawer, Group, Stack } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";

import { t } from "@/i18n";
import type { Twin } from "@/lib/twin";

import { ErrorNote } from "./ErrorNote";
import { TwinNote } from "./TwinNote";

interface Props {
  title: string;
  opened: boolean;
  onClose: () => void;
  onSubmit: () => void;
  submit: string;
  busy: boolean;
  error: unknown;
  twin?: Twin;
  /** Whether what is typed can be sent. */
  ready?: boolean;
  children: ReactNode;
}

/** A form beside the page it belongs to. A failure leaves what was typed, and says what is wrong. */
export function FormDrawer(props: Props) {
  const { title, opened, onClose, onSubmit, submit, busy, error, twin, ready = true, children } = props;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !busy) onSubmit();
  };
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={title}
      position="right"
      size="lg"
      closeButtonProps={{ "aria-label": t("Close") }}
      styles={{ title: { fontWeight: 650, fontSize: 18 } }}
    >
      <form onSubmit={send}>
        <Stack gap="md">
          {children}
          {error ? <ErrorNote error={error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("Cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!ready}>
              {submit}
            </Button>
          </Group>
          {twin ? <TwinNote twin={twin} /> : null}
        </Stack>
      </form>
    </Drawer>
  );
}
