import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";

import { t } from "@/i18n";
import { Box, Code, Stack, Text, Title } from "@/ui";

import { Mark } from "../shell/Mark";
import { SignInForm } from "./SignInForm";

/** Only paths of this console: nobody is sent elsewhere by a link to this page. */
function safe(to: string | undefined): string {
  return to && /^\/[^/\\]/.test(to) ? to : "/home";
}

export function SignInPage() {
  const { to } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  useEffect(() => {
    document.title = t("Sign in · Weir");
  }, []);
  return (
    <Stack component="main" align="center" justify="center" mih="100vh" p="md">
      <Stack className="weir-card" w="100%" maw={400} p="xl" gap="lg">
        <Box>
          <Mark />
        </Box>
        <Stack gap={4}>
          <Title order={1} fz={24}>
            {t("Sign in")}
          </Title>
          <Text fz="sm" c="dimmed">
            {t("to the console of this Weir")}
          </Text>
        </Stack>
        <SignInForm onDone={() => void navigate({ href: safe(to), replace: true })} />
        <Text fz="xs" c="dimmed">
          {t("The first start of Weir made")} <Code>admin@localhost</Code>;{" "}
          {t("its password was printed once, and is in")} <Code>admin.json</Code> {t("of the data folder.")}
        </Text>
      </Stack>
    </Stack>
  );
}
