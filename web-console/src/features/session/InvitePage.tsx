import { useMutation } from "@tanstack/react-query";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useState, type FormEvent } from "react";

import { t } from "@/i18n";
import { Button, ErrorNote, PasswordInput, Stack, Text, TextInput, Title } from "@/ui";

import { PASSWORD_MIN } from "../settings/ChangePassword";
import { Mark } from "../shell/Mark";
import { join } from "./signIn";

/** What the link of an invitation opens. Its token is behind the `#`: the browser sends it nowhere until it is accepted. */
export function InvitePage() {
  const token = useLocation({ select: (location) => location.hash });
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const joining = useMutation({
    mutationFn: () => join(token, password, name.trim()),
    onSuccess: () => navigate({ to: "/home", replace: true }),
  });
  useEffect(() => {
    document.title = t("Join · Weir");
  }, []);
  const send = (event: FormEvent) => {
    event.preventDefault();
    joining.mutate();
  };
  return (
    <Stack component="main" align="center" justify="center" mih="100vh" p="md">
      <Stack className="weir-card" w="100%" maw={400} p="xl" gap="lg">
        <Mark />
        <Title order={1} fz={24}>
          {t("You are invited")}
        </Title>
        {token === "" ? (
          <Text fz="sm">
            {t("The link is not whole: open all of what you were given, with what is behind the #.")}
          </Text>
        ) : (
          <form onSubmit={send}>
            <Stack>
              <TextInput
                label={t("Your name")}
                autoComplete="name"
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <PasswordInput
                label={t("Password")}
                description={t("At least {{count}} characters", { count: PASSWORD_MIN })}
                autoComplete="new-password"
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
                visibilityToggleButtonProps={{ "aria-label": t("Show the password") }}
              />
              {joining.isError ? <ErrorNote error={joining.error} /> : null}
              <Button type="submit" loading={joining.isPending} disabled={password.length < PASSWORD_MIN}>
                {t("Join")}
              </Button>
            </Stack>
          </form>
        )}
      </Stack>
    </Stack>
  );
}
