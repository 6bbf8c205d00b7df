import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";

import { cluster } from "@/api/queries";
import { t } from "@/i18n";
import { useParam } from "@/lib/useParam";
import { CopyField, Group, Loaded, PageHeader, Stack, StatusBadge, Tabs } from "@/ui";

/** The head of a cluster and its pages. */
export function ClusterFrame() {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const query = useQuery(cluster(env, lkc));
  const params = { env, lkc };
  const base = "/environments/$env/clusters/$lkc";
  return (
    <Loaded query={query}>
      {(found) => (
        <Stack gap="lg">
          <PageHeader
            title={found.spec.display_name}
            detail={
              <Group gap="xs">
                <CopyField value={found.id} label={t("id")} />
                <StatusBadge status={found.status.phase} />
              </Group>
            }
          />
          <Tabs label={t("Pages of the cluster")}>
            <Link to={base} params={params} activeOptions={{ exact: true }}>
              {t("Overview")}
            </Link>
            <Link to={`${base}/topics`} params={params}>
              {t("Topics")}
            </Link>
            <Link to={`${base}/groups`} params={params}>
              {t("Consumer groups")}
            </Link>
            <Link to={`${base}/clients`} params={params}>
              {t("Clients")}
            </Link>
            <Link to={`${base}/api-keys`} params={params}>
              {t("API keys")}
            </Link>
            <Link to={`${base}/settings`} params={params}>
              {t("Settings")}
            </Link>
          </Tabs>
          <Outlet />
        </Stack>
      )}
    </Loaded>
  );
}
