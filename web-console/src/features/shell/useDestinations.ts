import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { clusters, environments } from "@/api/queries";
import { t } from "@/i18n";
import type { Destination } from "@/ui";

import { PAGES } from "./Shell";

/** Pages, environments and clusters by name. */
export function useDestinations(): Destination[] {
  const navigate = useNavigate();
  const known = useQuery(environments());
  const lists = useQueries({ queries: (known.data ?? []).map((env) => clusters(env.id)) });
  const pages = PAGES.map(({ to, label }) => ({ id: to, label, go: () => void navigate({ to }) }));
  const places = (known.data ?? []).map((env) => ({
    id: env.id,
    label: env.display_name,
    description: t("Environment {{id}}", { id: env.id }),
    go: () => void navigate({ to: "/environments/$env", params: { env: env.id } }),
  }));
  const found = lists.flatMap((list) => list.data ?? []);
  const inside = found.map((cluster) => ({
    id: cluster.id,
    label: cluster.spec.display_name,
    description: t("Cluster {{id}}", { id: cluster.id }),
    go: () =>
      void navigate({
        to: "/environments/$env/clusters/$lkc",
        params: { env: cluster.spec.environment.id, lkc: cluster.id },
      }),
  }));
  return [...pages, ...inside, ...places];
}
