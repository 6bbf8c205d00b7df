import { Link, Outlet } from "@tanstack/react-router";

import { useSession } from "@/api/session";
import { t } from "@/i18n";
import {
  AccountMenu,
  Frame,
  IconHistory,
  IconHome,
  IconKey,
  IconRobot,
  IconSettings,
  IconShieldLock,
  IconStack2,
  IconUsers,
  Palette,
  SchemeToggle,
  Stack,
  UnstyledButton,
} from "@/ui";

import { SessionOver } from "../session/SessionOver";
import { signOut } from "../session/signIn";
import { Crumbs } from "./Crumbs";
import { Mark } from "./Mark";
import { useDestinations } from "./useDestinations";

export const PAGES = [
  { to: "/home", label: t("Home"), icon: IconHome },
  { to: "/environments", label: t("Environments"), icon: IconStack2 },
  { to: "/api-keys", label: t("API keys"), icon: IconKey },
  { to: "/access/service-accounts", label: t("Service accounts"), icon: IconRobot },
  { to: "/access/users", label: t("People"), icon: IconUsers },
  { to: "/access/role-bindings", label: t("Role bindings"), icon: IconShieldLock },
  { to: "/audit", label: t("Audit log"), icon: IconHistory },
  { to: "/settings", label: t("Settings"), icon: IconSettings },
] as const;

/** What is around every page of somebody who is signed in. Whoever is not is sent to sign in by the router. */
export function Shell() {
  const who = useSession();
  if (!who) return null;
  return <Signed name={who.name} email={who.email} organization={who.organizationName} />;
}

function Signed(who: { name: string; email: string; organization: string }) {
  const destinations = useDestinations();
  const nav = PAGES.map(({ to, label, icon: Icon }) => (
    <Link key={to} to={to}>
      <Icon size={18} aria-hidden />
      {label}
    </Link>
  ));
  return (
    <Frame
      brand={
        <UnstyledButton component="div">
          <Link to="/home" aria-label={t("Weir, home")} style={{ color: "inherit", textDecoration: "none" }}>
            <Mark />
          </Link>
        </UnstyledButton>
      }
      tools={
        <>
          <Palette destinations={destinations} />
          <SchemeToggle />
          <AccountMenu {...who} onSignOut={() => void signOut()} />
        </>
      }
      nav={<Stack gap={2}>{nav}</Stack>}
    >
      <Stack gap="lg" maw={1280} mx="auto">
        <Crumbs />
        <Outlet />
      </Stack>
      <SessionOver />
    </Frame>
  );
}
