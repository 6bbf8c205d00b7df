import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { t } from "@/i18n";
import { Button, ErrorNote, Stack, Text, Title } from "@/ui";

import { Mark } from "../shell/Mark";
import { endSso } from "./signIn";

/** What an identity provider sends people back to. What it added to the address is used once, and leaves the history. */
export function SsoPage() {
  const navigate = useNavigate();
  const [answer] = useState(() => new URLSearchParams(location.search));
  const entering = useMutation({
    mutationFn: () => endSso(answer),
    onSuccess: () => navigate({ to: "/home", replace: true }),
  });
  const { mutate } = entering;
  const refused = answer.get("error");
  useEffect(() => {
    document.title = t("Sign in · Weir");
    history.replaceState(history.state, "", "/sso");
    if (!refused) mutate();
  }, [mutate, refused]);
  return (
    <Stack component="main" align="center" justify="center" mih="100vh" p="md">
      <Stack className="weir-card" w="100%" maw={400} p="xl" gap="lg">
        <Mark />
        <Title order={1} fz={24}>
          {t("Sign in")}
        </Title>
        {refused ? (
          <Text fz="sm">{t("The identity provider did not sign you in: {{refused}}", { refused })}</Text>
        ) : entering.isError ? (
          <ErrorNote error={entering.error} />
        ) : (
          <Text fz="sm">{t("One moment …")}</Text>
        )}
        {refused || entering.isError ? (
          <Button variant="default" onClick={() => void navigate({ to: "/sign-in", replace: true })}>
            {t("Begin again")}
          </Button>
        ) : null}
      </Stack>
    </Stack>
  );
}
