import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { api, ask, nextToken, type Schemas } from "@/api/client";
import { organizationCrn } from "@/api/queries";
import { t } from "@/i18n";
import { ago, moment } from "@/lib/format";
import { useVerdict } from "@/lib/useVerdict";
import {
  Allowed,
  Button,
  DataTable,
  Group,
  Loaded,
  PageHeader,
  Stack,
  StatusBadge,
  Text,
  UnstyledButton,
  type Column,
} from "@/ui";

import { usePrincipals, type Principal } from "../access/usePrincipals";
import { AuditFilter, type Filter } from "./AuditFilter";
import { EventDrawer } from "./EventDrawer";
import { resourceOf, SINCE } from "./event";

type Row = Schemas["AuditEvent"];

const PAGE_SIZE = 100;

function columns(principals: Principal[], onOpen: (row: Row) => void): Column<Row>[] {
  const who = (row: Row) => {
    const { principal } = row.data.authenticationInfo;
    return (
      principals.find((one) => one.id === principal)?.name ??
      (principal.replace(/^User:/, "") || t("nobody known"))
    );
  };
  return [
    {
      id: "time",
      title: t("When"),
      value: (row) => row.time,
      cell: (row) => (
        <Stack gap={0}>
          <Text fz="sm" style={{ whiteSpace: "nowrap" }}>
            {moment(row.time)}
          </Text>
          <Text fz="xs" c="dimmed">
            {ago(row.time)}
          </Text>
        </Stack>
      ),
    },
    { id: "who", title: t("Who"), value: who },
    {
      id: "what",
      title: t("What"),
      value: (row) => row.data.methodName,
      cell: (row) => (
        <UnstyledButton onClick={() => onOpen(row)} fz="sm" fw={600} c="var(--mantine-color-anchor)">
          {row.data.methodName}
        </UnstyledButton>
      ),
    },
    {
      id: "with",
      title: t("With"),
      value: (row) => resourceOf(row),
      cell: (row) => (
        <Text fz="sm" ff="monospace" style={{ overflowWrap: "anywhere" }}>
          {resourceOf(row)}
        </Text>
      ),
      wide: true,
    },
    {
      id: "result",
      title: t("Result"),
      value: (row) => row.data.result.status,
      cell: (row) => <StatusBadge status={row.data.result.status} />,
    },
    {
      id: "from",
      title: t("From"),
      value: (row) => row.data.requestMetadata.client_address[0]?.ip ?? "",
      wide: true,
    },
  ];
}

function useEvents(filter: Filter) {
  return useInfiniteQuery({
    queryKey: ["audit", filter],
    initialPageParam: "",
    queryFn: ({ pageParam }) => {
      const span = SINCE.find((one) => one.value === filter.since)?.ms;
      const query = {
        page_size: PAGE_SIZE,
        ...(pageParam ? { page_token: pageParam } : {}),
        ...(filter.resource ? { resource: filter.resource } : {}),
        ...(filter.principal ? { principal: filter.principal } : {}),
        ...(filter.result ? { result: filter.result } : {}),
        ...(span ? { start_time: new Date(Date.now() - span).toISOString() } : {}),
      };
      return ask(api.GET("/weir/v1/audit-events", { params: { query } }));
    },
    getNextPageParam: (last) => nextToken(last),
  });
}

export function AuditPage() {
  const may = useVerdict("read the audit log", organizationCrn());
  return (
    <Stack gap="lg">
      <PageHeader
        title={t("Audit log")}
        detail={t("Who did what, and who was kept from it; the newest first.")}
      />
      <Allowed verdict={may}>
        <Events />
      </Allowed>
    </Stack>
  );
}

function Events() {
  const filter = useSearch({ from: "/shell/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const principals = usePrincipals();
  const [open, setOpen] = useState<Row>();
  const query = useEvents(filter);
  const shape = useMemo(() => columns(principals, setOpen), [principals]);
  return (
    <Stack>
      <AuditFilter
        filter={filter}
        principals={principals}
        onChange={(search) => void navigate({ search, replace: true })}
      />
      <Loaded query={query}>
        {(data) => (
          <DataTable
            label={t("Audit events")}
            rows={data.pages.flatMap((page) => page.data)}
            columns={shape}
            rowKey={(row) => `${row.id}-${row.type}-${row.data.methodName}-${row.data.resourceName}`}
          />
        )}
      </Loaded>
      {query.hasNextPage ? (
        <Group justify="center">
          <Button
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t("Older events")}
          </Button>
        </Group>
      ) : null}
      {open ? <EventDrawer event={open} onClose={() => setOpen(undefined)} /> : null}
    </Stack>
  );
}
