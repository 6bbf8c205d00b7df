import { useState, type FormEvent } from "react";

import { t } from "@/i18n";
import { Button, Group, Select, TextInput } from "@/ui";

import type { Principal } from "../access/usePrincipals";
import { SINCE } from "./event";

export interface Filter {
  resource?: string;
  principal?: string;
  result?: string;
  since?: string;
}

interface Props {
  filter: Filter;
  principals: Principal[];
  onChange: (filter: Filter) => void;
}

const RESULTS = [
  { value: "success", label: t("done") },
  { value: "failure", label: t("not done") },
  { value: "denied", label: t("denied") },
];

/** What to look for. All of it is asked of the API, and is in the address. */
export function AuditFilter({ filter, principals, onChange }: Props) {
  const [resource, setResource] = useState(filter.resource ?? "");
  const set = (change: { [Name in keyof Filter]: string | null }) => {
    const kept = Object.entries({ ...filter, ...change }).filter(([, value]) => value);
    onChange(Object.fromEntries(kept) as Filter);
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    set({ resource: resource.trim() });
  };
  return (
    <form onSubmit={send}>
      <Group align="flex-end" gap="sm">
        <TextInput
          label={t("Resource")}
          placeholder={t("orders, lkc-…, a CRN")}
          value={resource}
          onChange={(event) => setResource(event.currentTarget.value)}
        />
        <Select
          label={t("Who")}
          clearable
          clearButtonProps={{ "aria-label": t("Anybody") }}
          searchable
          placeholder={t("anybody")}
          data={principals.map((one) => ({ value: one.id.replace(/^User:/, ""), label: one.name }))}
          value={filter.principal ?? null}
          onChange={(principal) => set({ principal })}
        />
        <Select
          label={t("Result")}
          clearable
          clearButtonProps={{ "aria-label": t("Any result") }}
          placeholder={t("any")}
          data={RESULTS}
          value={filter.result ?? null}
          onChange={(result) => set({ result })}
        />
        <Select
          label={t("Since")}
          clearable
          clearButtonProps={{ "aria-label": t("All of the log") }}
          placeholder={t("all of the log")}
          data={SINCE.map(({ value, label }) => ({ value, label }))}
          value={filter.since ?? null}
          onChange={(since) => set({ since })}
        />
        <Button type="submit">{t("Look")}</Button>
      </Group>
    </form>
  );
}
