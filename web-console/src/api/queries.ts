import { queryOptions } from "@tanstack/react-query";

import { all, api, ask } from "./client";
import { session } from "./session";

const PAGE_SIZE = 100;

export function organizationCrn(): string {
  return `crn://confluent.cloud/organization=${session.get()?.organizationId ?? ""}`;
}

/** How often lists of things that move by themselves are asked for again, in milliseconds. */
export const LIVE_MS = 5000;

export const myBindings = () =>
  queryOptions({
    queryKey: ["role-bindings", "mine"],
    queryFn: () =>
      all((page_token) => {
        const principal = `User:${session.get()?.userId ?? ""}`;
        const query = { crn_pattern: `${organizationCrn()}/*`, principal, page_size: PAGE_SIZE, page_token };
        return ask(api.GET("/iam/v2/role-bindings", { params: { query } }));
      }),
  });

export const environments = () =>
  queryOptions({
    queryKey: ["environments"],
    queryFn: () =>
      all((page_token) =>
        ask(api.GET("/org/v2/environments", { params: { query: { page_size: PAGE_SIZE, page_token } } })),
      ),
  });

export const environment = (id: string) =>
  queryOptions({
    queryKey: ["environments", id],
    queryFn: () => ask(api.GET("/org/v2/environments/{id}", { params: { path: { id } } })),
  });

export const clusters = (environmentId: string) =>
  queryOptions({
    queryKey: ["clusters", environmentId],
    queryFn: () =>
      all((page_token) =>
        ask(
          api.GET("/cmk/v2/clusters", {
            params: { query: { environment: environmentId, page_size: PAGE_SIZE, page_token } },
          }),
        ),
      ),
    // A cluster that is being made or unmade is looked at until it is.
    refetchInterval: (query) =>
      query.state.data?.some((c) => !["PROVISIONED", "FAILED"].includes(c.status.phase)) ? 1000 : false,
  });

export const cluster = (environmentId: string, id: string) =>
  queryOptions({
    queryKey: ["clusters", environmentId, id],
    queryFn: () =>
      ask(
        api.GET("/cmk/v2/clusters/{id}", { params: { path: { id }, query: { environment: environmentId } } }),
      ),
    refetchInterval: (query) =>
      query.state.data && !["PROVISIONED", "FAILED"].includes(query.state.data.status.phase) ? 1000 : false,
  });

export const catalogue = () =>
  queryOptions({
    queryKey: ["catalogue"],
    queryFn: async () => (await ask(api.GET("/env_metadata"))).clouds,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const topics = (cluster_id: string) =>
  queryOptions({
    queryKey: ["topics", cluster_id],
    queryFn: async () =>
      (await ask(api.GET("/kafka/v3/clusters/{cluster_id}/topics", { params: { path: { cluster_id } } })))
        .data,
  });

export const topic = (cluster_id: string, topic_name: string) =>
  queryOptions({
    queryKey: ["topics", cluster_id, topic_name],
    queryFn: () =>
      ask(
        api.GET("/kafka/v3/clusters/{cluster_id}/topics/{topic_name}", {
          params: { path: { cluster_id, topic_name }, query: { include_authorized_operations: true } },
        }),
      ),
  });

export const topicConfigs = (cluster_id: string, topic_name: string) =>
  queryOptions({
    queryKey: ["topics", cluster_id, topic_name, "configs"],
    queryFn: async () =>
      (
        await ask(
          api.GET("/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs", {
            params: { path: { cluster_id, topic_name } },
          }),
        )
      ).data,
  });

export const partitions = (cluster_id: string, topic_name: string) =>
  queryOptions({
    queryKey: ["topics", cluster_id, topic_name, "partitions"],
    queryFn: async () =>
      (
        await ask(
          api.GET("/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/partitions", {
            params: { path: { cluster_id, topic_name } },
          }),
        )
      ).data,
  });

export const brokers = (cluster_id: string) =>
  queryOptions({
    queryKey: ["brokers", cluster_id],
    queryFn: async () =>
      (await ask(api.GET("/kafka/v3/clusters/{cluster_id}/brokers", { params: { path: { cluster_id } } })))
        .data,
  });

export const groups = (cluster_id: string) =>
  queryOptions({
    queryKey: ["groups", cluster_id],
    queryFn: async () =>
      (
        await ask(
          api.GET("/kafka/v3/clusters/{cluster_id}/consumer-groups", { params: { path: { cluster_id } } }),
        )
      ).data,
    refetchInterval: LIVE_MS,
  });

const inGroup = (cluster_id: string, consumer_group_id: string) => ({
  params: { path: { cluster_id, consumer_group_id } },
});

export const group = (cluster_id: string, id: string) =>
  queryOptions({
    queryKey: ["groups", cluster_id, id],
    queryFn: () =>
      ask(
        api.GET(
          "/kafka/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}",
          inGroup(cluster_id, id),
        ),
      ),
    refetchInterval: LIVE_MS,
  });

export const groupLags = (cluster_id: string, id: string) =>
  queryOptions({
    queryKey: ["groups", cluster_id, id, "lags"],
    queryFn: async () =>
      (
        await ask(
          api.GET(
            "/kafka/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/lags",
            inGroup(cluster_id, id),
          ),
        )
      ).data,
    refetchInterval: LIVE_MS,
  });

export const groupMembers = (cluster_id: string, id: string) =>
  queryOptions({
    queryKey: ["groups", cluster_id, id, "members"],
    queryFn: async () =>
      (
        await ask(
          api.GET(
            "/kafka/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/consumers",
            inGroup(cluster_id, id),
          ),
        )
      ).data,
    refetchInterval: LIVE_MS,
  });

export const apiKeys = (filter: { resource?: string; owner?: string } = {}) =>
  queryOptions({
    queryKey: ["api-keys", filter],
    queryFn: () =>
      all((page_token) => {
        const { resource, owner } = filter;
        const query = { "spec.resource": resource, "spec.owner": owner, page_size: PAGE_SIZE, page_token };
        return ask(api.GET("/iam/v2/api-keys", { params: { query } }));
      }),
  });

export const serviceAccounts = () =>
  queryOptions({
    queryKey: ["service-accounts"],
    queryFn: () =>
      all((page_token) =>
        ask(api.GET("/iam/v2/service-accounts", { params: { query: { page_size: PAGE_SIZE, page_token } } })),
      ),
  });

export const users = () =>
  queryOptions({
    queryKey: ["users"],
    queryFn: () =>
      all((page_token) =>
        ask(api.GET("/iam/v2/users", { params: { query: { page_size: PAGE_SIZE, page_token } } })),
      ),
  });

export const invitations = () =>
  queryOptions({
    queryKey: ["invitations"],
    queryFn: () =>
      all((page_token) =>
        ask(api.GET("/iam/v2/invitations", { params: { query: { page_size: PAGE_SIZE, page_token } } })),
      ),
  });

export const roleBindings = () =>
  queryOptions({
    queryKey: ["role-bindings"],
    queryFn: () =>
      all((page_token) => {
        const query = { crn_pattern: `${organizationCrn()}/*`, page_size: PAGE_SIZE, page_token };
        return ask(api.GET("/iam/v2/role-bindings", { params: { query } }));
      }),
  });

export const roles = () =>
  queryOptions({
    queryKey: ["roles"],
    queryFn: () => ask(api.GET("/metadata/security/v2alpha1/roles")),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const auditSettings = () =>
  queryOptions({ queryKey: ["audit-settings"], queryFn: () => ask(api.GET("/weir/v1/audit-settings")) });

export const organization = (id: string) =>
  queryOptions({
    queryKey: ["organization", id],
    queryFn: () => ask(api.GET("/org/v2/organizations/{id}", { params: { path: { id } } })),
  });

/** Values of a metric of a cluster over the last hour, one a minute, oldest first. */
export const metric = (clusterId: string, name: string) =>
  queryOptions({
    queryKey: ["metrics", clusterId, name],
    queryFn: async () => {
      const body = {
        aggregations: [{ metric: `io.confluent.kafka.server/${name}` }],
        filter: { op: "EQ", field: "resource.kafka.id", value: clusterId },
        granularity: "PT1M",
        intervals: ["PT1H/now"],
        group_by: [],
        limit: 1000,
      };
      const params = { path: { dataset: "cloud" } };
      const answer = await ask(api.POST("/v2/metrics/{dataset}/query", { params, body }));
      const points = answer.data.filter((p) => p.timestamp && typeof p.value === "number");
      return points
        .toSorted((a, b) => (a.timestamp ?? "").localeCompare(b.timestamp ?? ""))
        .map((p) => ({ at: p.timestamp ?? "", value: p.value ?? 0 }));
    },
    refetchInterval: LIVE_MS,
  });
