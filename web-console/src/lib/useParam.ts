import { useParams } from "@tanstack/react-router";

type Name = "env" | "lkc" | "topic" | "group";

/** A part of the address that the route of this page has. */
export function useParam(name: Name): string {
  const value = useParams({ strict: false })[name];
  if (value === undefined) throw new Error(`this page is not below a route with $${name}`);
  return value;
}
