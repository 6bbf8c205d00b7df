import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, ask, type Schemas } from "@/api/client";
import { roleBindings } from "@/api/queries";
import { t } from "@/i18n";
import { shortScope } from "@/lib/crn";
import { useChange } from "@/lib/useChange";
import { useVerdict } from "@/lib/useVerdict";
import {
  ActionIcon,
  Allowed,
  Badge,
  Button,
  ConfirmDelete,
  DataTable,
  EmptyState,
  IconPlus,
  IconShieldLock,
  IconTrash,
  Loaded,
  PageHeader,
  Stack,
  Text,
  type Column,
} from "@/ui";

import { BindRole } from "./BindRole";
import { usePrincipals, type Principal } from "./usePrincipals";

type Row = Schemas["RoleBinding"];

function columns(principals: Principal[], onDelete: ((row: Row) => void) | undefined): Column<Row>[] {
  const nameOf = (id: string) => principals.find((one) => one.id === id)?.name;
  return [
    {
      id: "principal",
      title: t("Who"),
      value: (row) => `${nameOf(row.principal) ?? ""} ${row.principal}`.trim(),
      cell: (row) => (
        <Stack gap={0}>
          <Text fz="sm">{nameOf(row.principal) ?? row.principal}</Text>
          <Text fz="xs" c="dimmed" ff="monospace">
            {row.principal.replace(/^User:/, "")}
          </Text>
        </Stack>
      ),
    },
    {
      id: "role",
      title: t("Role"),
      value: (row) => row.role_name,
      cell: (row) => (
        <Badge variant="light" tt="none">
          {row.role_name}
        </Badge>
      ),
    },
    {
      id: "scope",
      title: t("On"),
      value: (row) => shortScope(row.crn_pattern),
      cell: (row) => (
        <Text fz="sm" ff="monospace" style={{ overflowWrap: "anywhere" }}>
          {shortScope(row.crn_pattern)}
        </Text>
      ),
    },
    ...(onDelete
      ? [
          {
            id: "actions",
            title: t("Actions"),
            align: "right" as const,
            value: () => undefined,
            cell: (row: Row) => (
              <ActionIcon
                variant="subtle"
                color="red"
                aria-label={t("Delete {{id}}", { id: row.id })}
                onClick={() => onDelete(row)}
              >
                <IconTrash size={16} />
              </ActionIcon>
            ),
          },
        ]
      : []),
  ];
}

export function RoleBindingsPage() {
  const query = useQuery(roleBindings());
  const principals = usePrincipals();
  const may = useVerdict("bind roles");
  const [binding, setBinding] = useState(false);
  const [leaving, setLeaving] = useState<Row>();
  const bind = (
    <Allowed verdict={may}>
      <Button leftSection={<IconPlus size={16} />} onClick={() => setBinding(true)}>
        {t("Bind a role")}
      </Button>
    </Allowed>
  );
  return (
    <Stack gap="lg">
      <PageHeader
        title={t("Role bindings")}
        detail={t("Who may do what, and where. What no role and no access list allows is denied.")}
        actions={bind}
      />
      <Loaded query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState
              icon={<IconShieldLock />}
              title={t("No role binding that you may see")}
              text={t(
                "A binding gives somebody a role on the organization, an environment, a cluster, or a part of one.",
              )}
            />
          ) : (
            <DataTable
              label={t("Role bindings")}
              rows={rows}
              columns={columns(principals, may?.ok ? setLeaving : undefined)}
              rowKey={(row) => row.id}
            />
          )
        }
      </Loaded>
      {binding ? <BindRole onClose={() => setBinding(false)} /> : null}
      {leaving ? <Unbind row={leaving} onClose={() => setLeaving(undefined)} /> : null}
    </Stack>
  );
}

function Unbind({ row, onClose }: { row: Row; onClose: () => void }) {
  const gone = useChange({
    run: () => ask(api.DELETE("/iam/v2/role-bindings/{id}", { params: { path: { id: row.id } } })),
    renews: [["role-bindings"]],
    done: t("The role is taken back"),
    then: onClose,
  });
  return (
    <ConfirmDelete
      what={t("{{role}} of {{principal}}", {
        role: row.role_name,
        principal: row.principal.replace(/^User:/, ""),
      })}
      onConfirm={() => gone.mutate()}
      busy={gone.isPending}
      error={gone.error}
      twin={{ method: "DELETE", path: `/iam/v2/role-bindings/${row.id}` }}
      onClose={onClose}
    >
      {t("It is out of force everywhere when this is answered, also on connections that are open.")}
    </ConfirmDelete>
  );
}
