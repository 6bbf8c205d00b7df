import { t } from "@/i18n";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Bytes in the largest unit that leaves a number of at least one. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${UNITS[unit]}`;
}

export function integer(count: number): string {
  return count.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/** A moment in the reader's time zone, which is named. */
export function moment(iso: string): string {
  return new Date(iso).toLocaleString("en-GB", {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  });
}

const STEPS: [number, string][] = [
  [60, "s"],
  [60, "min"],
  [24, "h"],
  [Number.POSITIVE_INFINITY, "d"],
];

/** How long ago, in one unit. */
export function ago(iso: string, now = Date.now()): string {
  let value = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  for (const [size, unit] of STEPS) {
    if (value < size) return value === 0 ? t("just now") : t("{{value}} {{unit}} ago", { value, unit });
    value = Math.floor(value / size);
  }
  return iso;
}

const SPANS: [number, string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** What the value of a topic's configuration means, when its bare number does not say: 604800000 ms are 7 d. */
export function meaning(name: string, value: string | null | undefined): string | undefined {
  if (!value || !/^-?\d+$/.test(value)) return undefined;
  const number = Number(value);
  if (number === -1 && /retention/.test(name)) return t("no limit");
  if (number <= 0 || number >= Number.MAX_SAFE_INTEGER) return undefined;
  if (name.endsWith(".ms")) {
    const span = SPANS.find(([size]) => number % size === 0);
    return span && `${integer(number / span[0])} ${span[1]}`;
  }
  return name.endsWith("bytes") && number >= 1024 ? bytes(number) : undefined;
}
