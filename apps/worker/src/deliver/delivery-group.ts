// Which deliveries wait for each other: those to one origin on behalf of one endpoint. The callbacks of an org are
// one endpoint with many addresses, so the origin is part of the group. A group also names its org and its
// destination, because turns and posts are limited per org and per destination.

import { createHash } from 'node:crypto';

/** What a group belongs to, each as an opaque key. */
export interface GroupOwners {
  readonly org: string;
  readonly endpoint: string;
  /** The host of the URL, whatever its port. */
  readonly destination: string;
}

/** Short and of harmless characters, whatever the URL is. A URL that cannot be read is a destination of its own. */
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

/** A group that an earlier release made names endpoint and origin only: the endpoint is then also the org. */
export function ownersOf(group: string): GroupOwners {
  const parts = group.split(':');
  const [endpoint = group, origin = group] = parts.slice(-2);
  const [org = endpoint, destination = origin] = parts.slice(0, -2);
  return { org, endpoint, destination };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
