/**
 * Batch size per org: the maximum, halved after each failure that was not the items' fault (a large batch may
 * exceed a statement timeout) and doubled after each success. Only orgs below the maximum take memory.
 */
export interface BatchSizes {
  sizeFor(orgId: string): number;
  shrink(orgId: string): void;
  grow(orgId: string): void;
}

export function createBatchSizes(batchMax: number): BatchSizes {
  const shrunk = new Map<string, number>();
  const sizeFor = (orgId: string): number => shrunk.get(orgId) ?? batchMax;
  return {
    sizeFor,
    shrink: (orgId) => void shrunk.set(orgId, Math.max(1, Math.floor(sizeFor(orgId) / 2))),
    grow(orgId) {
      const grown = sizeFor(orgId) * 2;
      if (grown >= batchMax) shrunk.delete(orgId);
      else shrunk.set(orgId, grown);
    },
  };
}
