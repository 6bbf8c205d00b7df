import { useState, type ReactNode } from "react";

import { api, ask, type Schemas } from "@/api/client";
import { t } from "@/i18n";
import { ago, moment } from "@/lib/format";
import { useChange } from "@/lib/useChange";
import {
  ActionIcon,
  ConfirmDelete,
  CopyField,
  DataTable,
  Group,
  IconRefresh,
  IconTrash,
  Tooltip,
  type Column,
} from "@/ui";

import { KeyForm, type KeyResource } from "./KeyForm";

type Row = Schemas["ApiKey"];

function resourceOf(row: Row): KeyResource | undefined {
  const { id, environment } = row.spec.resource;
  return id === "cloud" ? undefined : { id, environment: environment ?? "" };
}

function columns(onDelete: (row: Row) => void, onRotate: (row: Row) => void): Column<Row>[] {
  return [
    {
      id: "id",
      title: t("Key"),
      value: (row) => row.id,
      cell: (row) => <CopyField value={row.id} label={t("key")} />,
    },
    {
      id: "for",
      title: t("What it is for"),
      value: (row) => row.spec.description || row.spec.display_name || "",
    },
    { id: "owner", title: t("Owner"), value: (row) => row.spec.owner.id, wide: true },
    { id: "resource", title: t("Opens"), value: (row) => row.spec.resource.id, wide: true },
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
    {
      id: "actions",
      title: t("Actions"),
      align: "right",
      value: () => undefined,
      cell: (row) => (
        <Group gap={4} justify="flex-end" wrap="nowrap">
          <Tooltip label={t("Rotate: make the next key, then delete this one")}>
            <ActionIcon
              variant="subtle"
              aria-label={t("Rotate {{id}}", { id: row.id })}
              onClick={() => onRotate(row)}
            >
              <IconRefresh size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t("Delete")}>
            <ActionIcon
              variant="subtle"
              color="red"
              aria-label={t("Delete {{id}}", { id: row.id })}
              onClick={() => onDelete(row)}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Tooltip>
        </Group>
      ),
    },
  ];
}

/** Keys with what can be done with them. To rotate is to have both for a while: the old one goes last. */
export function KeysTable({ rows, tools }: { rows: Row[]; tools?: ReactNode }) {
  const [leaving, setLeaving] = useState<Row>();
  const [rotating, setRotating] = useState<Row>();
  const [replaced, setReplaced] = useState(false);
  const endRotation = () => {
    if (replaced) setLeaving(rotating);
    setRotating(undefined);
    setReplaced(false);
  };
  return (
    <>
      <DataTable
        label={t("API keys")}
        rows={rows}
        columns={columns(setLeaving, setRotating)}
        rowKey={(row) => row.id}
        tools={tools}
      />
      {rotating ? (
        <KeyForm
          resource={resourceOf(rotating)}
          owner={rotating.spec.owner.id}
          description={rotating.spec.description ?? ""}
          onMade={() => setReplaced(true)}
          onClose={endRotation}
        />
      ) : null}
      {leaving ? <DeleteKey row={leaving} onClose={() => setLeaving(undefined)} /> : null}
    </>
  );
}

function DeleteKey({ row, onClose }: { row: Row; onClose: () => void }) {
  const gone = useChange({
    run: () => ask(api.DELETE("/iam/v2/api-keys/{id}", { params: { path: { id: row.id } } })),
    renews: [["api-keys"]],
    done: t("The key is deleted"),
    then: onClose,
  });
  return (
    <ConfirmDelete
      what={t("key {{id}}", { id: row.id })}
      onConfirm={() => gone.mutate()}
      busy={gone.isPending}
      error={gone.error}
      twin={{ cli: `weir api-key delete ${row.id}`, method: "DELETE", path: `/iam/v2/api-keys/${row.id}` }}
      onClose={onClose}
    >
      {t("Programs that still use it are refused from then on, also on connections that are open.")}
    </ConfirmDelete>
  );
}
