import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, ask, type Schemas } from "@/api/client";
import { invitations, organizationCrn, users } from "@/api/queries";
import { t } from "@/i18n";
import { useChange } from "@/lib/useChange";
import { useVerdict } from "@/lib/useVerdict";
import {
  ActionIcon,
  Allowed,
  Button,
  ConfirmDelete,
  CopyField,
  DataTable,
  IconPlus,
  IconTrash,
  Loaded,
  PageHeader,
  Stack,
  StatusBadge,
  type Column,
} from "@/ui";

import { InvitePerson } from "./InvitePerson";

type Row = Schemas["User"];

/** Ids of people who were invited and did not join yet, with how their invitation is. */
type Waiting = Map<string, string>;

function waitingFor(rows: Schemas["Invitation"][]): Waiting {
  const open = rows.filter((row) => row.status !== "INVITE_STATUS_ACCEPTED");
  return new Map(open.map((row) => [row.user?.id ?? "", (row.status ?? "").replace("INVITE_STATUS_", "")]));
}

function columns(waiting: Waiting, onDelete: ((row: Row) => void) | undefined): Column<Row>[] {
  const state = (row: Row) => {
    const status = waiting.get(row.id);
    if (status === undefined) return t("joined");
    return status === "EXPIRED" ? t("invitation expired") : t("invited");
  };
  return [
    { id: "name", title: t("Name"), value: (row) => row.full_name ?? "" },
    { id: "email", title: t("E-mail address"), value: (row) => row.email },
    { id: "state", title: t("State"), value: state, cell: (row) => <StatusBadge status={state(row)} /> },
    {
      id: "id",
      title: t("Id"),
      value: (row) => row.id,
      cell: (row) => <CopyField value={row.id} label={t("id")} />,
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
                aria-label={t("Delete {{name}}", { name: row.email })}
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

/** People of the organization, those included who were invited. */
export function UsersPage() {
  const query = useQuery(users());
  const may = useVerdict("invite and delete people", organizationCrn());
  const invited = useQuery({ ...invitations(), enabled: may?.ok ?? false });
  const [inviting, setInviting] = useState(false);
  const [leaving, setLeaving] = useState<Row>();
  const invite = (
    <Allowed verdict={may}>
      <Button leftSection={<IconPlus size={16} />} onClick={() => setInviting(true)}>
        {t("Invite a person")}
      </Button>
    </Allowed>
  );
  return (
    <Stack gap="lg">
      <PageHeader
        title={t("People")}
        detail={t("Who may sign in here. Roles say what they may do.")}
        actions={invite}
      />
      <Loaded query={query}>
        {(rows) => (
          <DataTable
            label={t("People")}
            rows={rows}
            columns={columns(waitingFor(invited.data ?? []), may?.ok ? setLeaving : undefined)}
            rowKey={(row) => row.id}
          />
        )}
      </Loaded>
      {inviting ? <InvitePerson onClose={() => setInviting(false)} /> : null}
      {leaving ? <DeletePerson row={leaving} onClose={() => setLeaving(undefined)} /> : null}
    </Stack>
  );
}

function DeletePerson({ row, onClose }: { row: Row; onClose: () => void }) {
  const path = { id: row.id };
  const gone = useChange({
    run: () => ask(api.DELETE("/iam/v2/users/{id}", { params: { path } })),
    renews: [["users"], ["invitations"], ["role-bindings"], ["api-keys"]],
    done: t("The person is deleted"),
    then: onClose,
  });
  return (
    <ConfirmDelete
      what={t("person {{email}}", { email: row.email })}
      name={row.email}
      onConfirm={() => gone.mutate()}
      busy={gone.isPending}
      error={gone.error}
      twin={{ cli: `weir user delete ${row.id}`, method: "DELETE", path: `/iam/v2/users/${row.id}` }}
      onClose={onClose}
    >
      {t("Sessions end, and keys and roles go, at once. Topics, clusters and service accounts stay.")}
    </ConfirmDelete>
  );
}
