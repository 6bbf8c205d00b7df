import { t } from "@/i18n";

export interface Binding {
  role_name: string;
  crn_pattern: string;
}

/** What the console lets people do, as roles allow it. The API decides; this says beforehand what it would say. */
const ALLOWED_BY = {
  "create environments": ["OrganizationAdmin"],
  "change the organization": ["OrganizationAdmin"],
  "change this environment": ["OrganizationAdmin", "EnvironmentAdmin"],
  "create clusters here": ["OrganizationAdmin", "EnvironmentAdmin"],
  "change this cluster": ["OrganizationAdmin", "EnvironmentAdmin", "CloudClusterAdmin"],
  "create topics here": [
    "OrganizationAdmin",
    "EnvironmentAdmin",
    "CloudClusterAdmin",
    "ResourceOwner",
    "DeveloperManage",
  ],
  "see metrics": ["OrganizationAdmin", "EnvironmentAdmin", "CloudClusterAdmin", "Operator", "MetricsViewer"],
  "manage service accounts": ["OrganizationAdmin", "AccountAdmin"],
  "invite and delete people": ["OrganizationAdmin", "AccountAdmin"],
  "make keys for others": ["OrganizationAdmin", "EnvironmentAdmin", "CloudClusterAdmin", "ResourceKeyAdmin"],
  "bind roles": ["OrganizationAdmin", "EnvironmentAdmin", "CloudClusterAdmin", "ResourceOwner"],
  "read the audit log": ["OrganizationAdmin"],
} as const;

export type Action = keyof typeof ALLOWED_BY;

export type Verdict = { ok: true } | { ok: false; reason: string };

/** Roles that may be bound to parts of a cluster: enough to show a button, though not for every name. */
const ON_PARTS = new Set(["ResourceOwner", "DeveloperManage"]);

function covers(binding: Binding, crn: string): boolean {
  const scope = binding.crn_pattern.replace(/\/\*$/, "");
  if (crn === scope || crn.startsWith(`${scope}/`)) return true;
  return ON_PARTS.has(binding.role_name) && scope.startsWith(`${crn}/`);
}

/** Whether `bindings` let their owner do `action` on `crn`; without a CRN, anywhere. */
export function verdict(bindings: Binding[], action: Action, crn?: string): Verdict {
  const roles: readonly string[] = ALLOWED_BY[action];
  const holds = bindings.some((b) => roles.includes(b.role_name) && (crn === undefined || covers(b, crn)));
  if (holds) return { ok: true };
  const yours = [...new Set(bindings.map((b) => b.role_name))].join(", ") || t("none");
  const needed = roles.join(t(" or "));
  return {
    ok: false,
    reason: t("To {{action}} takes the role {{needed}}. Yours: {{yours}}.", {
      action: t(action),
      needed,
      yours,
    }),
  };
}
