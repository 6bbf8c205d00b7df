import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import type { Schemas } from "@/api/client";
import { cluster, topics } from "@/api/queries";
import { t } from "@/i18n";
import { clusterScope } from "@/lib/crn";
import { integer } from "@/lib/format";
import { useParam } from "@/lib/useParam";
import { useVerdict } from "@/lib/useVerdict";
import {
  Allowed,
  Button,
  DataTable,
  EmptyState,
  IconMessage,
  IconPlus,
  Loaded,
  Stack,
  StatusBadge,
  Switch,
  TextLink,
  type Column,
} from "@/ui";

import { TopicForm } from "./TopicForm";

type Row = Schemas["KafkaTopic"];

function columns(env: string, lkc: string): Column<Row>[] {
  return [
    {
      id: "name",
      title: t("Name"),
      value: (row) => row.topic_name,
      cell: (row) => (
        <TextLink
          to="/environments/$env/clusters/$lkc/topics/$topic"
          params={{ env, lkc, topic: row.topic_name }}
          fw={600}
          fz="sm"
        >
          {row.topic_name}
        </TextLink>
      ),
    },
    {
      id: "partitions",
      title: t("Partitions"),
      align: "right",
      value: (row) => row.partitions_count,
      cell: (row) => integer(row.partitions_count ?? 0),
    },
    {
      id: "state",
      title: t("State"),
      value: (row) => row.status?.phase ?? "READY",
      cell: (row) => <StatusBadge status={row.status?.phase ?? "READY"} />,
      wide: true,
    },
  ];
}

export function TopicsPage() {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const { create } = useSearch({ from: "/shell/environments/$env/clusters/$lkc/topics" });
  const navigate = useNavigate({ from: "/environments/$env/clusters/$lkc/topics" });
  const query = useQuery(topics(lkc));
  const inCluster = useQuery(cluster(env, lkc));
  const may = useVerdict("create topics here", clusterScope(inCluster.data?.metadata?.resource_name));
  const [internal, setInternal] = useState(false);
  const shape = useMemo(() => columns(env, lkc), [env, lkc]);
  const open = (shown: boolean) => void navigate({ search: shown ? { create: true } : {} });
  const button = (
    <Allowed verdict={may}>
      <Button size="sm" leftSection={<IconPlus size={15} />} onClick={() => open(true)}>
        {t("Create a topic")}
      </Button>
    </Allowed>
  );
  return (
    <Stack>
      <Loaded query={query}>
        {(all) => {
          const rows = internal ? all : all.filter((row) => !row.is_internal);
          return all.length === 0 ? (
            <EmptyState
              icon={<IconMessage />}
              title={t("No topic that you may see")}
              text={t(
                "A topic is a log of messages: programs write at its end, and read from where they left off.",
              )}
              action={button}
              command={`echo '{"id":1}' | weir topic produce orders --create --cluster ${lkc} --environment ${env}`}
            />
          ) : (
            <DataTable
              label={t("Topics")}
              rows={rows}
              columns={shape}
              rowKey={(row) => row.topic_name}
              tools={
                <>
                  {all.some((row) => row.is_internal) ? (
                    <Switch
                      size="sm"
                      label={t("Internal ones, too")}
                      checked={internal}
                      onChange={(event) => setInternal(event.currentTarget.checked)}
                    />
                  ) : null}
                  {button}
                </>
              }
            />
          );
        }}
      </Loaded>
      {create && may?.ok ? <TopicForm onClose={() => open(false)} /> : null}
    </Stack>
  );
}
