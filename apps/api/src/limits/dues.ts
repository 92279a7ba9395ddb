// Computes which buckets a request takes points from, and how many. Pure. An org's credential pays for itself
// and its org; a principal without an org pays for the orgs that the request names, once they are known.

import type { Principal } from '../access/principal.ts';

export type BucketName = 'org' | 'key';

export interface Due {
  readonly name: BucketName;
  /** The org's id or the credential's. */
  readonly key: string;
  readonly points: number;
  /** Points that a retry of the same request takes first, so they must be available as well. */
  readonly pointsBefore: number;
}

/** Number of requests in a write, by org. */
export type Asked = ReadonlyMap<string, number>;

/** Longer than any valid org id: parsing refuses such an id, so it gets no bucket. */
const ORG_CHARS_MAX = 128;

/** The first point of a request, taken before its body is read. `query` names the org of a read. */
export function dueAtOnce(
  principal: Principal,
  { method, query }: { method: string; query: Readonly<Record<string, unknown>> },
): readonly Due[] {
  const isRead = method === 'GET' || method === 'HEAD';
  const orgId = principal.kind === 'org' ? principal.orgId : isRead ? orgOf(query) : undefined;
  const one = { points: 1, pointsBefore: 0 };
  return [
    ...keyDue(principal, one),
    ...(orgId === undefined ? [] : [{ name: 'org', key: orgId, ...one } as const]),
  ];
}

/** The points of a write that are not taken yet. */
export function dueLater(principal: Principal, asked: Asked): readonly Due[] {
  const rest = { points: [...asked.values()].reduce((sum, count) => sum + count, 0) - 1, pointsBefore: 1 };
  const dues: readonly Due[] =
    principal.kind === 'org'
      ? [...keyDue(principal, rest), { name: 'org', key: principal.orgId, ...rest }]
      : [
          ...keyDue(principal, rest),
          ...[...asked].map(([key, points]) => ({ name: 'org', key, points, pointsBefore: 0 }) as const),
        ];
  return dues.filter(({ points }) => points > 0);
}

function keyDue(principal: Principal, due: Pick<Due, 'points' | 'pointsBefore'>): readonly Due[] {
  return principal.kind === 'anyone' ? [] : [{ name: 'key', key: principal.keyId, ...due }];
}

function orgOf(query: Readonly<Record<string, unknown>>): string | undefined {
  const named = query['orgId'] ?? query['org'];
  return typeof named === 'string' && named !== '' && named.length <= ORG_CHARS_MAX ? named : undefined;
}
