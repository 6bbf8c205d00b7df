import { t } from "@/i18n";

/** What the configurations that people change most are for. */
export const EXPLAINED: Record<string, string> = {
  "cleanup.policy": t("What becomes of old messages: deleted, or compacted by key."),
  "retention.ms": t("How long messages are kept."),
  "retention.bytes": t("How much of each partition is kept."),
  "max.message.bytes": t("Largest batch of messages that is taken, as it is compressed."),
  "min.insync.replicas": t("Kept for clients that ask; every write here is durable before it is answered."),
  "compression.type": t("How batches are stored: as the producer compressed them."),
  "message.timestamp.type": t("Whether the time of a message is the producer's or the broker's."),
  "segment.bytes": t("Kept for clients that ask; how data is stored is the cell's business."),
  "delete.retention.ms": t("How long markers of deletions stay in a compacted topic."),
};
