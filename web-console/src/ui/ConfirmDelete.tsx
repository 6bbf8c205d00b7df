import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";

import { t } from "@/i18n";
import type { Twin } from "@/lib/twin";

import { ErrorNote } from "./ErrorNote";
import { TwinNote } from "./TwinNote";

interface Props {
  /** What goes: `topic orders`. */
  what: string;
  /** What has to be typed, where data is lost. */
  name?: string;
  /** What else goes with it. */
  children: ReactNode;
  onConfirm: () => void;
  busy: boolean;
  error: unknown;
  twin: Twin;
  onClose: () => void;
}

/** The one kind of dialogue that stands in the way: before something is destroyed. */
export function ConfirmDelete({ what, name, children, onConfirm, busy, error, twin, onClose }: Props) {
  const [typed, setTyped] = useState("");
  const ready = name === undefined || typed === name;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (ready) onConfirm();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("Delete {{what}}?", { what })}
      closeButtonProps={{ "aria-label": t("Close") }}
      styles={{ title: { fontWeight: 650 } }}
      size="lg"
    >
      <form onSubmit={send}>
        <Stack>
          <Text component="div" fz="sm">
            {children}
          </Text>
          {name === undefined ? null : (
            <TextInput
              label={t("Type {{name}} to confirm", { name })}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
          )}
          {error ? <ErrorNote error={error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("Keep it")}
            </Button>
            <Button type="submit" color="red.8" loading={busy} disabled={!ready}>
              {t("Delete")}
            </Button>
          </Group>
          <TwinNote twin={twin} />
        </Stack>
      </form>
    </Modal>
  );
}
