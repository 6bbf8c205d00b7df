import { AppShell, Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useRouterState } from "@tanstack/react-router";
import { useEffect, type ReactNode } from "react";

import { t } from "@/i18n";

interface Props {
  brand: ReactNode;
  tools: ReactNode;
  nav: ReactNode;
  children: ReactNode;
}

/** Head, navigation and page; on a phone the navigation opens over the page. */
export function Frame({ brand, tools, nav, children }: Props) {
  const [opened, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(close, [path, close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 236, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding={{ base: "md", sm: "xl" }}
    >
      <a className="weir-skip" href="#page">
        {t("Skip to the page")}
      </a>
      <AppShell.Header bg="var(--weir-surface)">
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t("Navigation")}
              aria-expanded={opened}
            />
            {brand}
          </Group>
          <Group gap="xs" wrap="nowrap">
            {tools}
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" bg="var(--weir-surface)" className="weir-nav" aria-label={t("Pages")}>
        {nav}
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1} style={{ outline: "none" }}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}
