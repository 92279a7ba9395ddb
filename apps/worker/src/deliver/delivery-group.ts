// Which deliveries wait for each other: those to one origin on behalf of one endpoint. The callbacks of an org are
// one endpoint with many addresses, so that the origin has to be part of it.

import { createHash } from 'node:crypto';

/** Short and of harmless characters, whatever the URL is. A URL that cannot be read is a group of its own. */
export function groupOf({ endpointId, url }: { endpointId: string; url: string }): string {
  const origin = URL.canParse(url) ? new URL(url).origin : url;
  return `${endpointId}:${createHash('sha256').update(origin).digest('hex').slice(0, 16)}`;
}
