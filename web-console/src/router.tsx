import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  type RouteComponent,
} from "@tanstack/react-router";

import { session } from "./api/session";
import { NotFound } from "./features/shell/NotFound";
import { PageFailed } from "./features/shell/PageFailed";
import { Shell } from "./features/shell/Shell";
import { SignInPage } from "./features/session/SignInPage";

/** One page, loaded when somebody goes there. */
const page = <M extends Record<string, unknown>>(
  load: () => Promise<M>,
  name: keyof M & string,
): RouteComponent => lazyRouteComponent(load, name) as RouteComponent;

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: PageFailed });

const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/home" });
  },
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: SignInPage,
  validateSearch: (search): { to?: string } => (typeof search.to === "string" ? { to: search.to } : {}),
});

const invite = createRoute({
  getParentRoute: () => root,
  path: "/invite",
  component: page(() => import("./features/session/InvitePage"), "InvitePage"),
});

const sso = createRoute({
  getParentRoute: () => root,
  path: "/sso",
  component: page(() => import("./features/session/SsoPage"), "SsoPage"),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: Shell,
  // Before anything is drawn: a redirect while drawing draws again, and goes round.
  beforeLoad: ({ location }) => {
    if (!session.get()) throw redirect({ to: "/sign-in", search: { to: location.href }, replace: true });
  },
});

const home = createRoute({
  getParentRoute: () => shell,
  path: "/home",
  component: page(() => import("./features/home/HomePage"), "HomePage"),
});

const environments = createRoute({
  getParentRoute: () => shell,
  path: "/environments",
  component: page(() => import("./features/environments/EnvironmentsPage"), "EnvironmentsPage"),
});

const environment = createRoute({
  getParentRoute: () => shell,
  path: "/environments/$env",
  component: page(() => import("./features/environments/EnvironmentPage"), "EnvironmentPage"),
});

const newCluster = createRoute({
  getParentRoute: () => shell,
  path: "/environments/$env/new-cluster",
  component: page(() => import("./features/clusters/NewClusterPage"), "NewClusterPage"),
  validateSearch: (search): { step?: number; tier?: string; cloud?: string; region?: string } => ({
    ...(typeof search.step === "number" ? { step: search.step } : {}),
    ...(typeof search.tier === "string" ? { tier: search.tier } : {}),
    ...(typeof search.cloud === "string" ? { cloud: search.cloud } : {}),
    ...(typeof search.region === "string" && search.region !== "" ? { region: search.region } : {}),
  }),
});

const cluster = createRoute({
  getParentRoute: () => shell,
  path: "/environments/$env/clusters/$lkc",
  component: page(() => import("./features/clusters/ClusterFrame"), "ClusterFrame"),
});

const overview = createRoute({
  getParentRoute: () => cluster,
  path: "/",
  component: page(() => import("./features/clusters/OverviewPage"), "OverviewPage"),
});

const topics = createRoute({
  getParentRoute: () => cluster,
  path: "/topics",
  component: page(() => import("./features/topics/TopicsPage"), "TopicsPage"),
  validateSearch: (search): { create?: boolean } => (search.create === true ? { create: true } : {}),
});

const groups = createRoute({
  getParentRoute: () => cluster,
  path: "/groups",
  component: page(() => import("./features/groups/GroupsPage"), "GroupsPage"),
});

const clients = createRoute({
  getParentRoute: () => cluster,
  path: "/clients",
  component: page(() => import("./features/clusters/ClientsPage"), "ClientsPage"),
});

const clusterKeys = createRoute({
  getParentRoute: () => cluster,
  path: "/api-keys",
  component: page(() => import("./features/keys/ClusterKeysPage"), "ClusterKeysPage"),
});

const clusterSettings = createRoute({
  getParentRoute: () => cluster,
  path: "/settings",
  component: page(() => import("./features/clusters/ClusterSettingsPage"), "ClusterSettingsPage"),
});

const topic = createRoute({
  getParentRoute: () => shell,
  path: "/environments/$env/clusters/$lkc/topics/$topic",
  component: page(() => import("./features/topics/TopicFrame"), "TopicFrame"),
});

const topicMessages = createRoute({
  getParentRoute: () => topic,
  path: "/",
  component: page(() => import("./features/topics/MessagesPage"), "MessagesPage"),
});

const topicPartitions = createRoute({
  getParentRoute: () => topic,
  path: "/partitions",
  component: page(() => import("./features/topics/PartitionsPage"), "PartitionsPage"),
});

const topicConfiguration = createRoute({
  getParentRoute: () => topic,
  path: "/configuration",
  component: page(() => import("./features/topics/ConfigurationPage"), "ConfigurationPage"),
});

const group = createRoute({
  getParentRoute: () => shell,
  path: "/environments/$env/clusters/$lkc/groups/$group",
  component: page(() => import("./features/groups/GroupPage"), "GroupPage"),
});

const keys = createRoute({
  getParentRoute: () => shell,
  path: "/api-keys",
  component: page(() => import("./features/keys/KeysPage"), "KeysPage"),
});

const serviceAccounts = createRoute({
  getParentRoute: () => shell,
  path: "/access/service-accounts",
  component: page(() => import("./features/access/ServiceAccountsPage"), "ServiceAccountsPage"),
});

const users = createRoute({
  getParentRoute: () => shell,
  path: "/access/users",
  component: page(() => import("./features/access/UsersPage"), "UsersPage"),
});

const roleBindings = createRoute({
  getParentRoute: () => shell,
  path: "/access/role-bindings",
  component: page(() => import("./features/access/RoleBindingsPage"), "RoleBindingsPage"),
});

export interface AuditSearch {
  resource?: string;
  principal?: string;
  result?: string;
  since?: string;
}

const audit = createRoute({
  getParentRoute: () => shell,
  path: "/audit",
  component: page(() => import("./features/audit/AuditPage"), "AuditPage"),
  validateSearch: (search): AuditSearch =>
    Object.fromEntries(
      ["resource", "principal", "result", "since"].flatMap((name) =>
        typeof search[name] === "string" && search[name] !== "" ? [[name, search[name]]] : [],
      ),
    ),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  component: page(() => import("./features/settings/SettingsPage"), "SettingsPage"),
});

const device = createRoute({
  getParentRoute: () => shell,
  path: "/device",
  component: page(() => import("./features/session/DevicePage"), "DevicePage"),
});

const tree = root.addChildren([
  start,
  signIn,
  invite,
  sso,
  shell.addChildren([
    home,
    environments,
    environment,
    newCluster,
    cluster.addChildren([overview, topics, groups, clients, clusterKeys, clusterSettings]),
    topic.addChildren([topicMessages, topicPartitions, topicConfiguration]),
    group,
    keys,
    serviceAccounts,
    users,
    roleBindings,
    audit,
    settings,
    device,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultErrorComponent: PageFailed,
  defaultNotFoundComponent: NotFound,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
