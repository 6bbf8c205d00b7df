import { useState } from "react";

import { api, ask, created } from "@/api/client";
import { t } from "@/i18n";
import { word } from "@/lib/twin";
import { useChange } from "@/lib/useChange";
import { Button, CopyField, FormDrawer, Group, Modal, Stack, Text, TextInput } from "@/ui";

/** Invites an e-mail address, and shows the link, once: whoever invites hands it on. */
export function InvitePerson({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [link, setLink] = useState<string>();
  const body = { email: email.trim() };
  const invite = useChange({
    run: () => ask(api.POST("/iam/v2/invitations", { body })).then(created),
    renews: [["invitations"], ["users"]],
    then: (invitation) => setLink(invitation.link ?? ""),
  });
  if (link !== undefined) {
    return (
      <Modal
        opened
        onClose={onClose}
        closeOnClickOutside={false}
        title={t("Hand on this link")}
        closeButtonProps={{ "aria-label": t("Close") }}
        styles={{ title: { fontWeight: 650 } }}
        size="lg"
      >
        <Stack>
          <Text fz="sm">
            {t(
              "Weir sends no letter. The link is shown this once, opens once, and for 72 hours: whoever opens it first is that person.",
            )}
          </Text>
          <CopyField value={link} label={t("link")} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t("I have it")}</Button>
          </Group>
        </Stack>
      </Modal>
    );
  }
  return (
    <FormDrawer
      opened
      title={t("Invite a person")}
      submit={t("Invite")}
      onClose={onClose}
      onSubmit={() => invite.mutate()}
      busy={invite.isPending}
      error={invite.error}
      ready={body.email !== ""}
      twin={{
        cli: `weir invitation create ${word(body.email || "EMAIL")}`,
        method: "POST",
        path: "/iam/v2/invitations",
        body,
      }}
    >
      <TextInput
        label={t("E-mail address")}
        description={t("The person is there from then on: bind roles before they join.")}
        inputMode="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        data-autofocus
      />
    </FormDrawer>
  );
}
