import { useQueries, useQuery } from "@tanstack/react-query";

import { apiKeys, clusters, environments, topics } from "@/api/queries";
import { useSession } from "@/api/session";
import { t } from "@/i18n";
import { EmptyState, IconServer, Loaded, PageHeader, Panel, SimpleGrid, Stack } from "@/ui";

import { ClusterCard } from "../clusters/ClusterCard";
import { Checklist } from "./Checklist";

export function HomePage() {
  const who = useSession();
  const known = useQuery(environments());
  const lists = useQueries({ queries: (known.data ?? []).map((env) => clusters(env.id)) });
  const found = lists.flatMap((list) => list.data ?? []);
  const first = found.find((cluster) => cluster.status.phase === "PROVISIONED");
  const inFirst = useQuery({ ...topics(first?.id ?? ""), enabled: first !== undefined });
  const keys = useQuery(apiKeys({ owner: who?.userId ?? "" }));
  return (
    <Stack gap="lg">
      <PageHeader title={t("Welcome, {{name}}", { name: who?.name ?? "" })} detail={who?.organizationName} />
      <Loaded query={known}>
        {(environmentRows) => (
          <>
            <Checklist
              environmentId={environmentRows[0]?.id}
              cluster={first}
              topics={inFirst.data}
              hasKey={keys.data?.some((key) => key.spec.resource.id === first?.id) ?? false}
            />
            <Panel title={t("Clusters")}>
              {found.length === 0 && !lists.some((list) => list.isLoading) ? (
                <EmptyState
                  icon={<IconServer />}
                  title={t("No cluster yet")}
                  text={t("A cluster holds topics. It is there in less than a second.")}
                  command="weir cluster create orders --cloud aws --region eu-west-1 --wait"
                />
              ) : (
                <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
                  {found.map((cluster) => (
                    <ClusterCard key={cluster.id} cluster={cluster} />
                  ))}
                </SimpleGrid>
              )}
            </Panel>
          </>
        )}
      </Loaded>
    </Stack>
  );
}
