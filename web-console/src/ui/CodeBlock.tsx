import { Box } from "@mantine/core";

import { CopyButton } from "./CopyField";

/** Lines for a terminal or an editor, with a button that copies them. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <Box pos="relative">
      {/* A region that scrolls must be reachable by keyboard. */}
      <pre className="weir-code" tabIndex={0} role="region" aria-label={label}>
        {code}
      </pre>
      <Box pos="absolute" top={6} right={6}>
        <CopyButton value={code} label={label} />
      </Box>
    </Box>
  );
}
