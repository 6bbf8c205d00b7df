import { t } from "@/i18n";
import { EmptyState, IconSearch, LinkButton, Stack } from "@/ui";

export function NotFound() {
  return (
    <Stack component="main" justify="center" mih="100vh" maw={640} mx="auto" p="md">
      <EmptyState
        icon={<IconSearch />}
        title={t("There is no such page")}
        order={1}
        text={t("The address names nothing in this console, or nothing that you may see.")}
        action={<LinkButton to="/home">{t("Go home")}</LinkButton>}
      />
    </Stack>
  );
}
