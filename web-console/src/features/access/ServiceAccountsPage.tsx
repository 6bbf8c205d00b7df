import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, ask, type Schemas } from "@/api/client";
import { organizationCrn, serviceAccounts } from "@/api/queries";
import { t } from "@/i18n";
import { ago, moment } from "@/lib/format";
import { word } from "@/lib/twin";
import { useChange } from "@/lib/useChange";
import { useVerdict } from "@/lib/useVerdict";
import {
  ActionIcon,
  Allowed,
  Button,
  ConfirmDelete,
  CopyField,
  DataTable,
  EmptyState,
  FormDrawer,
  IconPlus,
  IconRobot,
  IconTrash,
  Loaded,
  PageHeader,
  Stack,
  TextInput,
  Tooltip,
  type Column,
} from "@/ui";

type Row = Schemas["ServiceAccount"];

function columns(onDelete: ((row: Row) => void) | undefined): Column<Row>[] {
  return [
    { id: "name", title: t("Name"), value: (row) => row.display_name },
    {
      id: "id",
      title: t("Id"),
      value: (row) => row.id,
      cell: (row) => <CopyField value={row.id} label={t("id")} />,
    },
    { id: "description", title: t("What it is for"), value: (row) => row.description ?? "", wide: true },
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
                aria-label={t("Delete {{name}}", { name: row.display_name })}
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

export function ServiceAccountsPage() {
  const query = useQuery(serviceAccounts());
  const may = useVerdict("manage service accounts", organizationCrn());
  const [creating, setCreating] = useState(false);
  const [leaving, setLeaving] = useState<Row>();
  const create = (
    <Allowed verdict={may}>
      <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
        {t("Create a service account")}
      </Button>
    </Allowed>
  );
  return (
    <Stack gap="lg">
      <PageHeader
        title={t("Service accounts")}
        detail={t("Accounts of programs: they own keys, and roles say what these may do.")}
        actions={query.data?.length ? create : null}
      />
      <Loaded query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState
              icon={<IconRobot />}
              title={t("No service account that you may see")}
              text={t(
                "Give each program an account of its own: what it may do is then nobody else's, and neither is its key.",
              )}
              action={create}
              command="weir service-account create billing --description 'reads orders'"
            />
          ) : (
            <DataTable
              label={t("Service accounts")}
              rows={rows}
              columns={columns(may?.ok ? setLeaving : undefined)}
              rowKey={(row) => row.id}
            />
          )
        }
      </Loaded>
      {creating ? <CreateAccount onClose={() => setCreating(false)} /> : null}
      {leaving ? <DeleteAccount row={leaving} onClose={() => setLeaving(undefined)} /> : null}
    </Stack>
  );
}

function CreateAccount({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const body = { display_name: name.trim(), description: description.trim() };
  const create = useChange({
    run: () => ask(api.POST("/iam/v2/service-accounts", { body })),
    renews: [["service-accounts"]],
    done: t("The service account is there. It may do nothing until a role is bound to it."),
    then: onClose,
  });
  const flag = body.description ? ` --description ${word(body.description)}` : "";
  return (
    <FormDrawer
      opened
      title={t("Create a service account")}
      submit={t("Create")}
      onClose={onClose}
      onSubmit={() => create.mutate()}
      busy={create.isPending}
      error={create.error}
      ready={body.display_name !== ""}
      twin={{
        cli: `weir service-account create ${word(body.display_name || "NAME")}${flag}`,
        method: "POST",
        path: "/iam/v2/service-accounts",
        body,
      }}
    >
      <TextInput
        label={t("Name")}
        description={t("Unique within the organization; it cannot be changed")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      <TextInput
        label={t("What it is for")}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </FormDrawer>
  );
}

function DeleteAccount({ row, onClose }: { row: Row; onClose: () => void }) {
  const path = { id: row.id };
  const gone = useChange({
    run: () => ask(api.DELETE("/iam/v2/service-accounts/{id}", { params: { path } })),
    renews: [["service-accounts"], ["role-bindings"], ["api-keys"]],
    done: t("The service account is deleted"),
    then: onClose,
  });
  return (
    <ConfirmDelete
      what={t("service account {{name}}", { name: row.display_name })}
      name={row.display_name}
      onConfirm={() => gone.mutate()}
      busy={gone.isPending}
      error={gone.error}
      twin={{
        cli: `weir service-account delete ${row.id}`,
        method: "DELETE",
        path: `/iam/v2/service-accounts/${row.id}`,
      }}
      onClose={onClose}
    >
      {t("Its keys and role bindings go with it: programs that use them are refused from then on.")}
    </ConfirmDelete>
  );
}
