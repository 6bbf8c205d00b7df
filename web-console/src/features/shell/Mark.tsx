import { Group, Text } from "@/ui";

/** The sign and the name. */
export function Mark() {
  return (
    <Group gap={9} wrap="nowrap">
      <img src="/assets/weir.svg" alt="" width={28} height={28} />
      <Text fw={700} fz={18} component="span">
        Weir
      </Text>
    </Group>
  );
}
