import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { ApiError } from "./api/errors";
import { session } from "./api/session";
import { router } from "./router";
import { UiProvider } from "./ui/Provider";

const RETRIES_MAX = 2;
const FRESH_MS = 2000;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // What the API refused it refuses again; only what failed on the way is tried again.
      retry: (failures, error) =>
        failures < RETRIES_MAX && !(error instanceof ApiError && error.status < 500 && error.status !== 429),
    },
  },
});

// What one person saw is not left for the next one in this tab.
let signedIn = session.get()?.userId;
session.subscribe(() => {
  const now = session.get()?.userId;
  if (now !== signedIn) {
    client.clear();
    // Pages ask again who may see them: without anybody that is the sign-in alone.
    if (!now) void router.invalidate();
  }
  signedIn = now;
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <UiProvider>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </UiProvider>
  </StrictMode>,
);
