import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, ask, created } from "@/api/client";
import { organizationCrn, serviceAccounts } from "@/api/queries";
import { useSession } from "@/api/session";
import { t } from "@/i18n";
import { word } from "@/lib/twin";
import { useChange } from "@/lib/useChange";
import { useVerdict } from "@/lib/useVerdict";
import { FormDrawer, Select, TextInput } from "@/ui";

import { SecretOnce } from "./SecretOnce";

/** What a key is for; without one, the control plane. */
export interface KeyResource {
  id: string;
  environment: string;
}

export interface MadeKey {
  id: string;
  secret: string;
}

interface Props {
  resource?: KeyResource | undefined;
  owner?: string;
  description?: string;
  onMade?: (key: MadeKey) => void;
  onClose: () => void;
}

/** Makes a key and shows its secret, once. */
export function KeyForm({ resource, owner: fixedOwner, description: start = "", onMade, onClose }: Props) {
  const me = useSession()?.userId ?? "";
  const [owner, setOwner] = useState(fixedOwner ?? me);
  const [description, setDescription] = useState(start);
  const [made, setMade] = useState<MadeKey>();
  const mayForOthers = useVerdict("make keys for others", organizationCrn());
  const accounts = useQuery(serviceAccounts());
  const body = {
    spec: {
      display_name: description.trim(),
      description: description.trim(),
      owner: { id: owner },
      resource: resource ? { id: resource.id, environment: resource.environment } : { id: "cloud" },
    },
  };
  const create = useChange({
    run: () => ask(api.POST("/iam/v2/api-keys", { body })).then(created),
    renews: [["api-keys"]],
    then: (key) => {
      const shown = { id: key.id, secret: key.spec.secret ?? "" };
      setMade(shown);
      onMade?.(shown);
    },
  });
  if (made) return <SecretOnce made={made} resource={resource} onClose={onClose} />;
  const cli = [
    "weir api-key create",
    resource ? `--cluster ${resource.id} --environment ${resource.environment}` : "--cloud",
    `--owner ${owner}`,
    ...(description.trim() ? [`--description ${word(description.trim())}`] : []),
  ].join(" ");
  const own = { value: me, label: t("You") };
  const others = (accounts.data ?? []).map((one) => ({
    value: one.id,
    label: `${one.display_name} (${one.id})`,
  }));
  return (
    <FormDrawer
      opened
      title={resource ? t("Make a key of {{id}}", { id: resource.id }) : t("Make a Cloud key")}
      submit={t("Make the key")}
      onClose={onClose}
      onSubmit={() => create.mutate()}
      busy={create.isPending}
      error={create.error}
      twin={{ cli, method: "POST", path: "/iam/v2/api-keys", body }}
    >
      <Select
        label={t("Owner")}
        description={
          mayForOthers?.ok === false
            ? mayForOthers.reason
            : t("The key may do what its owner may. Programs should have an account of their own.")
        }
        data={mayForOthers?.ok ? [own, ...others] : [own]}
        value={owner}
        onChange={(value) => setOwner(value ?? me)}
        allowDeselect={false}
        disabled={fixedOwner !== undefined}
      />
      <TextInput
        label={t("What it is for")}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        data-autofocus
      />
    </FormDrawer>
  );
}
