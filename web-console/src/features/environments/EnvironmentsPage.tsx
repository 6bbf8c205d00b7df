import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { environments, organizationCrn } from "@/api/queries";
import { t } from "@/i18n";
import { ago, moment } from "@/lib/format";
import { useVerdict } from "@/lib/useVerdict";
import {
  Allowed,
  Button,
  CopyField,
  DataTable,
  EmptyState,
  IconPlus,
  IconStack2,
  Loaded,
  PageHeader,
  Stack,
  TextLink,
  Tooltip,
  type Column,
} from "@/ui";

import { EnvironmentForm } from "./EnvironmentForm";

type Row = Schemas["Environment"];

const COLUMNS: Column<Row>[] = [
  {
    id: "name",
    title: t("Name"),
    value: (row) => row.display_name,
    cell: (row) => (
      <TextLink to="/environments/$env" params={{ env: row.id }} fw={600} fz="sm">
        {row.display_name}
      </TextLink>
    ),
  },
  {
    id: "id",
    title: t("Id"),
    value: (row) => row.id,
    cell: (row) => <CopyField value={row.id} label={t("id")} />,
  },
  {
    id: "governance",
    title: t("Governance"),
    value: (row) => row.stream_governance_config?.package ?? t("none"),
    wide: true,
  },
  {
    id: "created",
    title: t("Created"),
    value: (row) => row.metadata?.created_at ?? undefined,
    cell: (row) =>
      row.metadata?.created_at ? (
        <Tooltip label={moment(row.metadata.created_at)}>
          <span>{ago(row.metadata.created_at)}</span>
        </Tooltip>
      ) : null,
    wide: true,
  },
];

export function EnvironmentsPage() {
  const query = useQuery(environments());
  const may = useVerdict("create environments", organizationCrn());
  const [creating, setCreating] = useState(false);
  const create = (
    <Allowed verdict={may}>
      <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
        {t("Create an environment")}
      </Button>
    </Allowed>
  );
  return (
    <Stack gap="lg">
      <PageHeader
        title={t("Environments")}
        detail={t("Groups of clusters that are looked after together: production, staging, a team.")}
        actions={query.data?.length ? create : null}
      />
      <Loaded query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState
              icon={<IconStack2 />}
              title={t("No environment that you may see")}
              text={t("Clusters are in environments. Make one, or ask an administrator for a role in one.")}
              action={create}
              command="weir env create staging"
            />
          ) : (
            <DataTable label={t("Environments")} rows={rows} columns={COLUMNS} rowKey={(row) => row.id} />
          )
        }
      </Loaded>
      {creating ? <EnvironmentForm onClose={() => setCreating(false)} /> : null}
    </Stack>
  );
}
