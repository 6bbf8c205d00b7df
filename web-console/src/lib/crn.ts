/** The cluster's own scope: what its resource name says before the part that is Kafka. */
export function clusterScope(resourceName: string | undefined): string {
  return (resourceName ?? "").replace(/\/kafka=.*$/, "");
}

/** A scope for people: `environment=env-1 / cloud-cluster=lkc-1`, or the organization. */
export function shortScope(crn: string): string {
  const parts = crn.replace(/^crn:\/\/[^/]*\//, "").split("/");
  const below = parts.filter((part) => !part.startsWith("organization="));
  return below.length === 0 ? "organization" : below.join(" / ");
}
