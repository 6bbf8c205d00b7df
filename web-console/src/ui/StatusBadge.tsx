import { Badge } from "@mantine/core";

const COLORS: Record<string, string> = {
  PROVISIONED: "teal",
  READY: "teal",
  SUCCESS: "teal",
  STABLE: "teal",
  PROVISIONING: "blue",
  PENDING: "blue",
  PREPARING_REBALANCE: "blue",
  COMPLETING_REBALANCE: "blue",
  DELETING: "orange",
  FAILED: "red",
  FAILURE: "red",
  DENIED: "yellow",
};

/** A state in a word; the word is there for those who do not see the colour. */
export function StatusBadge({ status }: { status: string }) {
  return (
    <Badge
      variant="light"
      color={COLORS[status.toUpperCase()] ?? "gray"}
      tt="none"
      fw={600}
      className="weir-status"
      autoContrast
    >
      {status.toLowerCase().replaceAll("_", " ")}
    </Badge>
  );
}
