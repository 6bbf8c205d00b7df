import { Group, Stack, Text } from "@mantine/core";

import { t } from "@/i18n";

interface Props {
  label: string;
  /** Oldest first, at even distances. */
  points: number[];
  show: (value: number) => string;
}

const WIDTH = 300;
const HEIGHT = 56;

/** A value over time, with its newest and its largest in words. */
export function Sparkline({ label, points, show }: Props) {
  const top = Math.max(1, ...points);
  const step = points.length > 1 ? WIDTH / (points.length - 1) : WIDTH;
  const y = (value: number) => HEIGHT - 3 - (value / top) * (HEIGHT - 8);
  const line = points.map(
    (value, at) => `${at === 0 ? "M" : "L"}${(at * step).toFixed(1)} ${y(value).toFixed(1)}`,
  );
  const newest = points.at(-1);
  const words = newest === undefined ? t("no points yet") : show(newest);
  return (
    <Stack gap={6} className="weir-card" p="md">
      <Group justify="space-between" align="baseline" gap="xs">
        <Text fz="xs" c="dimmed">
          {label}
        </Text>
        <Text fz="xs" c="dimmed">
          {points.length > 0 ? t("largest {{value}}", { value: show(Math.max(...points)) }) : null}
        </Text>
      </Group>
      <Text fz={22} fw={650} style={{ fontVariantNumeric: "tabular-nums" }}>
        {words}
      </Text>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width="100%"
        height={HEIGHT}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${words}`}
      >
        {points.length > 1 ? (
          <>
            <path d={`${line.join("")}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`} fill="var(--weir-accent-soft)" />
            <path
              d={line.join("")}
              fill="none"
              stroke="var(--mantine-color-weir-6)"
              strokeWidth={1.6}
              vectorEffect="non-scaling-stroke"
            />
          </>
        ) : (
          <line
            x1={0}
            x2={WIDTH}
            y1={HEIGHT - 3}
            y2={HEIGHT - 3}
            stroke="var(--weir-line)"
            strokeDasharray="4 4"
          />
        )}
      </svg>
    </Stack>
  );
}
