import { session, useSession, useSessionExpired } from "@/api/session";
import { t } from "@/i18n";
import { Button, Modal, Stack, Text, toast } from "@/ui";
import { useQueryClient } from "@tanstack/react-query";

import { SignInForm } from "./SignInForm";

/** In front of the page when the session is over: what was typed behind it is still there afterwards. */
export function SessionOver() {
  const expired = useSessionExpired();
  const who = useSession();
  const client = useQueryClient();
  if (!expired || !who) return null;
  const goOn = () => {
    void client.invalidateQueries();
    toast(t("Signed in again. Nothing on this page was lost."));
  };
  return (
    <Modal
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t("The session is over")}
    >
      <Stack>
        <Text fz="sm">
          {t("Sessions end after 8 hours, or 2 hours without use. Sign in again to go on where you are.")}
        </Text>
        <SignInForm email={who.email} onDone={goOn} />
        <Button variant="subtle" color="gray" onClick={() => session.end()}>
          {t("Leave this page")}
        </Button>
      </Stack>
    </Modal>
  );
}
