// The group of deliveries that are served one batch at a time: those of one endpoint to one origin. The
// callbacks of an org are one endpoint with many URLs, so the origin is part of the group. A group also names
// its org and its destination, because turns and posts are limited per org and per destination.

import { createHash } from 'node:crypto';

/** The owners of a group, each as an opaque key. */
export interface GroupOwners {
  readonly org: string;
  readonly endpoint: string;
  /** The host of the URL, whatever its port. */
  readonly destination: string;
}

/** Short and made of safe characters for any URL. A URL that cannot be parsed is a separate destination. */
export function groupOf({
  orgId,
  endpointId,
  url,
}: {
  orgId: string;
  endpointId: string;
  url: string;
}): string {
  const { origin, hostname } = URL.parse(url) ?? { origin: url, hostname: url };
  return [hash(orgId), hash(hostname), endpointId, hash(origin)].join(':');
}

/**
 * A group name of an earlier release has only endpoint and origin; the endpoint then also serves as the org.
 */
export function ownersOf(group: string): GroupOwners {
  const parts = group.split(':');
  const [endpoint = group, origin = group] = parts.slice(-2);
  const [org = endpoint, destination = origin] = parts.slice(0, -2);
  return { org, endpoint, destination };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
