import { t } from "@/i18n";

export interface Tier {
  kind: string;
  text: string;
  availabilities: { value: string; label: string }[];
}

const ZONES = [
  { value: "SINGLE_ZONE", label: t("Single zone") },
  { value: "MULTI_ZONE", label: t("Multi zone") },
];
const LEVELS = [
  { value: "LOW", label: t("Low") },
  { value: "HIGH", label: t("High") },
];

/** The kinds of clusters that the API takes, and how each can be spread. */
export const TIERS: Tier[] = [
  {
    kind: "Basic",
    text: t("To try things out, and for small workloads. Can become Standard."),
    availabilities: ZONES.slice(0, 1),
  },
  { kind: "Standard", text: t("For production, in one or several zones."), availabilities: ZONES },
  { kind: "Enterprise", text: t("For production in private networks."), availabilities: LEVELS },
  { kind: "Dedicated", text: t("Sized by you, in CKU."), availabilities: ZONES },
  {
    kind: "Freight",
    text: t("For much data that may take a moment longer."),
    availabilities: LEVELS.slice(1),
  },
];
