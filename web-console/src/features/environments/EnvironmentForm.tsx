import { useState } from "react";

import { api, ask, type Schemas } from "@/api/client";
import { t } from "@/i18n";
import type { Twin } from "@/lib/twin";
import { word } from "@/lib/twin";
import { useChange } from "@/lib/useChange";
import { useTag } from "@/lib/useTag";
import { FormDrawer, Select, TextInput } from "@/ui";

const PACKAGES = [
  { value: "", label: t("none") },
  { value: "ESSENTIALS", label: "Essentials" },
  { value: "ADVANCED", label: "Advanced" },
];

/** Makes an environment, or changes one. */
export function EnvironmentForm({ old, onClose }: { old?: Schemas["Environment"]; onClose: () => void }) {
  const before = old?.stream_governance_config?.package ?? "";
  const [name, setName] = useState(old?.display_name ?? "");
  const [governance, setGovernance] = useState(before);
  const body = {
    display_name: name.trim(),
    ...(governance && governance !== before ? { stream_governance_config: { package: governance } } : {}),
  };
  const path = { id: old?.id ?? "" };
  const unchanged = useTag(`/org/v2/environments/${path.id}`);
  const change = useChange({
    run: () =>
      old
        ? unchanged((header) =>
            ask(api.PATCH("/org/v2/environments/{id}", { params: { path, header }, body })),
          )
        : ask(api.POST("/org/v2/environments", { body })),
    renews: [["environments"]],
    done: old ? t("The environment is changed") : t("The environment is there"),
    then: onClose,
  });
  const flag = body.stream_governance_config ? ` --governance ${governance.toLowerCase()}` : "";
  const twin: Twin = {
    cli: old
      ? `weir env update ${old.id} --name ${word(body.display_name)}${flag}`
      : `weir env create ${word(body.display_name || "NAME")}${flag}`,
    method: old ? "PATCH" : "POST",
    path: old ? `/org/v2/environments/${old.id}` : "/org/v2/environments",
    body,
  };
  return (
    <FormDrawer
      opened
      title={old ? t("Change the environment") : t("Create an environment")}
      submit={old ? t("Save") : t("Create")}
      onClose={onClose}
      onSubmit={() => change.mutate()}
      busy={change.isPending}
      error={change.error}
      ready={body.display_name !== ""}
      twin={twin}
    >
      <TextInput
        label={t("Name")}
        description={t("Unique within the organization")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      <Select
        label={t("Governance package")}
        description={t("Of the schema registry and the catalogue. There is no registry behind it yet.")}
        data={PACKAGES}
        value={governance}
        onChange={(value) => setGovernance(value ?? "")}
        allowDeselect={false}
      />
    </FormDrawer>
  );
}
