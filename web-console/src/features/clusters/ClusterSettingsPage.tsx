import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { api, ask, type Schemas } from "@/api/client";
import { cluster } from "@/api/queries";
import { t } from "@/i18n";
import { clusterScope } from "@/lib/crn";
import { word } from "@/lib/twin";
import { useChange } from "@/lib/useChange";
import { useTag } from "@/lib/useTag";
import { useParam } from "@/lib/useParam";
import { useVerdict } from "@/lib/useVerdict";
import {
  Allowed,
  Button,
  ConfirmDelete,
  Facts,
  FormDrawer,
  Group,
  Loaded,
  Panel,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@/ui";

export function ClusterSettingsPage() {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const query = useQuery(cluster(env, lkc));
  const may = useVerdict("change this cluster", clusterScope(query.data?.metadata?.resource_name));
  const [open, setOpen] = useState<"change" | "delete">();
  return (
    <Loaded query={query}>
      {(found) => (
        <Stack gap="lg">
          <Panel
            title={t("Settings")}
            actions={
              <Allowed verdict={may}>
                <Button size="xs" variant="default" onClick={() => setOpen("change")}>
                  {t("Change")}
                </Button>
              </Allowed>
            }
          >
            <Facts
              facts={[
                [t("Name"), found.spec.display_name],
                [t("Kind"), found.spec.config.kind],
                [t("Protected against deletion"), found.spec.deletion_protection ? t("yes") : t("no")],
                ...(found.spec.config.cku
                  ? [[t("Size"), `${found.spec.config.cku} CKU`] as [string, string]]
                  : []),
                ...(found.spec.config.max_ecku
                  ? [[t("Largest size"), `${found.spec.config.max_ecku} eCKU`] as [string, string]]
                  : []),
                [t("Resource name"), found.metadata?.resource_name ?? ""],
              ]}
            />
          </Panel>
          <Panel title={t("Delete the cluster")}>
            <Group justify="space-between">
              <Text fz="sm" maw={640}>
                {found.spec.deletion_protection
                  ? t("Deleting is refused while the cluster is protected: change its settings first.")
                  : t("Its topics, records and keys go with it. There is no way back.")}
              </Text>
              <Allowed verdict={may}>
                <Button
                  color="red.8"
                  variant="filled"
                  disabled={found.spec.deletion_protection ?? false}
                  onClick={() => setOpen("delete")}
                >
                  {t("Delete")}
                </Button>
              </Allowed>
            </Group>
          </Panel>
          {open === "change" ? <ChangeCluster old={found} onClose={() => setOpen(undefined)} /> : null}
          {open === "delete" ? <DeleteCluster old={found} onClose={() => setOpen(undefined)} /> : null}
        </Stack>
      )}
    </Loaded>
  );
}

interface Props {
  old: Schemas["Cluster"];
  onClose: () => void;
}

function ChangeCluster({ old, onClose }: Props) {
  const [name, setName] = useState(old.spec.display_name);
  const [protect, setProtect] = useState(old.spec.deletion_protection ?? false);
  const [upgrade, setUpgrade] = useState(false);
  const environment = { id: old.spec.environment.id };
  const body = {
    spec: {
      display_name: name.trim(),
      deletion_protection: protect,
      environment,
      ...(upgrade ? { config: { kind: "Standard" } } : {}),
    },
  };
  const path = { id: old.id };
  const unchanged = useTag(`/cmk/v2/clusters/${old.id}`);
  const change = useChange({
    run: () =>
      unchanged((header) => ask(api.PATCH("/cmk/v2/clusters/{id}", { params: { path, header }, body }))),
    renews: [["clusters"]],
    done: t("The cluster is changed"),
    then: onClose,
  });
  const cli = [
    `weir cluster update ${old.id} --environment ${environment.id}`,
    `--name ${word(name.trim())} --deletion-protection ${protect}`,
    ...(upgrade ? ["--tier standard"] : []),
  ].join(" ");
  return (
    <FormDrawer
      opened
      title={t("Change the cluster")}
      submit={t("Save")}
      onClose={onClose}
      onSubmit={() => change.mutate()}
      busy={change.isPending}
      error={change.error}
      ready={name.trim() !== ""}
      twin={{ cli, method: "PATCH", path: `/cmk/v2/clusters/${old.id}`, body }}
    >
      <TextInput
        label={t("Name")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      <Switch
        label={t("Protect against deletion")}
        checked={protect}
        onChange={(event) => setProtect(event.currentTarget.checked)}
      />
      {old.spec.config.kind === "Basic" ? (
        <Switch
          label={t("Make it a Standard cluster. There is no way back to Basic.")}
          checked={upgrade}
          onChange={(event) => setUpgrade(event.currentTarget.checked)}
        />
      ) : null}
    </FormDrawer>
  );
}

function DeleteCluster({ old, onClose }: Props) {
  const navigate = useNavigate();
  const env = old.spec.environment.id;
  const params = { path: { id: old.id }, query: { environment: env } };
  const gone = useChange({
    run: () => ask(api.DELETE("/cmk/v2/clusters/{id}", { params })),
    renews: [["clusters", env], ["api-keys"]],
    done: t("The cluster is being deleted"),
    then: () => void navigate({ to: "/environments/$env", params: { env } }),
  });
  return (
    <ConfirmDelete
      what={t("cluster {{name}}", { name: old.spec.display_name })}
      name={old.spec.display_name}
      onConfirm={() => gone.mutate()}
      busy={gone.isPending}
      error={gone.error}
      twin={{
        cli: `weir cluster delete ${old.id} --environment ${env}`,
        method: "DELETE",
        path: `/cmk/v2/clusters/${old.id}?environment=${env}`,
      }}
      onClose={onClose}
    >
      {t("Its topics, records and keys go with it. There is no way back.")}
    </ConfirmDelete>
  );
}
