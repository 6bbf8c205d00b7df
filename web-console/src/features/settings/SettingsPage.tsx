import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, ask, type Schemas } from "@/api/client";
import { auditSettings, myBindings, organization, organizationCrn } from "@/api/queries";
import { useSession } from "@/api/session";
import { t } from "@/i18n";
import { shortScope } from "@/lib/crn";
import { useChange } from "@/lib/useChange";
import { useVerdict } from "@/lib/useVerdict";
import {
  Allowed,
  Button,
  CopyField,
  Facts,
  FormDrawer,
  Loaded,
  NumberInput,
  PageHeader,
  Panel,
  Stack,
  Switch,
  TextInput,
} from "@/ui";

import { ChangePassword } from "./ChangePassword";

export function SettingsPage() {
  return (
    <Stack gap="lg">
      <PageHeader title={t("Settings")} />
      <You />
      <Organization />
      <AuditLog />
    </Stack>
  );
}

function You() {
  const who = useSession();
  const bindings = useQuery(myBindings());
  const [open, setOpen] = useState(false);
  const change = (
    <Button size="xs" variant="default" onClick={() => setOpen(true)}>
      {t("Change the password")}
    </Button>
  );
  return (
    <Panel title={t("You")} actions={change}>
      {open ? <ChangePassword onClose={() => setOpen(false)} /> : null}
      <Facts
        facts={[
          [t("Name"), who?.name],
          [t("E-mail address"), who?.email],
          [t("Id"), <CopyField key="id" value={who?.userId ?? ""} label={t("id")} />],
        ]}
      />
      <Loaded query={bindings} lines={1}>
        {(rows) => (
          <Facts
            cols={1}
            facts={[
              [
                t("Your roles"),
                rows
                  .map((row) =>
                    t("{{role}} on {{scope}}", { role: row.role_name, scope: shortScope(row.crn_pattern) }),
                  )
                  .join("; ") || t("none"),
              ],
            ]}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function Organization() {
  const id = useSession()?.organizationId ?? "";
  const query = useQuery(organization(id));
  const may = useVerdict("change the organization", organizationCrn());
  const [open, setOpen] = useState(false);
  const rename = (
    <Allowed verdict={may}>
      <Button size="xs" variant="default" onClick={() => setOpen(true)}>
        {t("Rename")}
      </Button>
    </Allowed>
  );
  return (
    <Panel title={t("Organization")} actions={rename}>
      <Loaded query={query} lines={1}>
        {(found) => (
          <>
            <Facts
              facts={[
                [t("Name"), found.display_name ?? ""],
                [t("Id"), <CopyField key="id" value={found.id} label={t("id")} />],
              ]}
            />
            {open ? <Rename old={found} onClose={() => setOpen(false)} /> : null}
          </>
        )}
      </Loaded>
    </Panel>
  );
}

function Rename({ old, onClose }: { old: Schemas["Organization"]; onClose: () => void }) {
  const [name, setName] = useState(old.display_name ?? "");
  const body = { display_name: name.trim() };
  const change = useChange({
    run: () => ask(api.PATCH("/org/v2/organizations/{id}", { params: { path: { id: old.id } }, body })),
    renews: [["organization"]],
    done: t("The organization has a new name"),
    then: onClose,
  });
  return (
    <FormDrawer
      opened
      title={t("Rename the organization")}
      submit={t("Save")}
      onClose={onClose}
      onSubmit={() => change.mutate()}
      busy={change.isPending}
      error={change.error}
      ready={body.display_name !== ""}
      twin={{ method: "PATCH", path: `/org/v2/organizations/${old.id}`, body }}
    >
      <TextInput
        label={t("Name")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
    </FormDrawer>
  );
}

function AuditLog() {
  const may = useVerdict("read the audit log", organizationCrn());
  return (
    <Panel title={t("Audit log")}>
      <Allowed verdict={may}>
        <Retention />
      </Allowed>
    </Panel>
  );
}

function Retention() {
  const query = useQuery(auditSettings());
  const [open, setOpen] = useState(false);
  return (
    <Loaded query={query} lines={1}>
      {(found) => (
        <>
          <Facts
            facts={[
              [t("Kept for"), t("{{count}} days", { count: found.retention_days })],
              [t("Legal hold"), found.legal_hold ? t("on: nothing goes, however old") : t("off")],
              [
                t("Change"),
                <Button key="change" size="compact-xs" variant="default" onClick={() => setOpen(true)}>
                  {t("Change how long")}
                </Button>,
              ],
            ]}
          />
          {open ? <ChangeRetention old={found} onClose={() => setOpen(false)} /> : null}
        </>
      )}
    </Loaded>
  );
}

const DAYS_MAX = 3653;

function ChangeRetention({ old, onClose }: { old: Schemas["AuditSettings"]; onClose: () => void }) {
  const [days, setDays] = useState(old.retention_days);
  const [hold, setHold] = useState(old.legal_hold);
  const body = { retention_days: days, legal_hold: hold };
  const change = useChange({
    run: () => ask(api.PATCH("/weir/v1/audit-settings", { body })),
    renews: [["audit-settings"]],
    done: t("The settings of the audit log are changed"),
    then: onClose,
  });
  return (
    <FormDrawer
      opened
      title={t("How long the audit log is kept")}
      submit={t("Save")}
      onClose={onClose}
      onSubmit={() => change.mutate()}
      busy={change.isPending}
      error={change.error}
      twin={{ method: "PATCH", path: "/weir/v1/audit-settings", body }}
    >
      <NumberInput
        label={t("Days")}
        min={1}
        max={DAYS_MAX}
        value={days}
        onChange={(value) => setDays(Math.trunc(Number(value) || 1))}
        data-autofocus
      />
      <Switch
        label={t("Legal hold: nothing goes, however old")}
        checked={hold}
        onChange={(event) => setHold(event.currentTarget.checked)}
      />
    </FormDrawer>
  );
}
