import { useSyncExternalStore } from "react";

/** Who is signed in in this tab. Gone with the tab: nothing of it is written to the disk by us. */
export interface Session {
  token: string;
  userId: string;
  email: string;
  name: string;
  organizationId: string;
  organizationName: string;
}

const KEY = "weir.session";
const listeners = new Set<() => void>();
let expired = false;
let current = read();

function read(): Session | undefined {
  try {
    const text = sessionStorage.getItem(KEY);
    return text ? (JSON.parse(text) as Session) : undefined;
  } catch {
    return undefined;
  }
}

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const session = {
  get: () => current,
  subscribe,
  begin(next: Session): void {
    current = next;
    expired = false;
    sessionStorage.setItem(KEY, JSON.stringify(next));
    tell();
  },
  end(): void {
    current = undefined;
    expired = false;
    sessionStorage.removeItem(KEY);
    tell();
  },
  /** The API does not know the token any more. What is on the page stays, until somebody signs in again. */
  expire(): void {
    if (!current || expired) return;
    expired = true;
    tell();
  },
};

export function useSession(): Session | undefined {
  return useSyncExternalStore(subscribe, session.get);
}

export function useSessionExpired(): boolean {
  return useSyncExternalStore(subscribe, () => expired);
}
