import type { ReactNode } from "react";

/** Pages of one thing; children are links, and the one that is open says so. */
export function Tabs({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav className="weir-tabs" aria-label={label}>
      {children}
    </nav>
  );
}
