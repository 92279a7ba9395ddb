// What one step of a fan-out may take of something. A step has to end within the time-out of a statement, and one
// that does not is made again, just as large: without an end, and nobody is told of anything any more.

export interface Allowance {
  /** False when it is more than what is left, and from then on always. The first is granted, whatever its size. */
  take(amount: number): boolean;
  /** Something was refused. */
  isUsedUp(): boolean;
}

/** An allowance for several orgs, of which each may take an equal part. */
export interface SharedAllowance {
  take(orgKey: number, amount: number): boolean;
  /** Something was refused because all of it is taken. */
  isUsedUp(): boolean;
  /** Something was refused because an org took its part. */
  isPartUsedUp(): boolean;
}

export function createSharedAllowance(max: number, orgKeys: readonly number[]): SharedAllowance {
  const all = createAllowance(max);
  const orgs = [...new Set(orgKeys)];
  // One org alone has all of it.
  const parts = new Map(orgs.length < 2 ? [] : orgs.map((org) => [org, createAllowance(max / orgs.length)]));
  return {
    take: (orgKey, amount) => (parts.get(orgKey)?.take(amount) ?? true) && all.take(amount),
    isUsedUp: () => all.isUsedUp(),
    isPartUsedUp: () => [...parts.values()].some((part) => part.isUsedUp()),
  };
}

export function createAllowance(max: number): Allowance {
  let taken = 0;
  let isUsedUp = false;
  return {
    take(amount) {
      isUsedUp ||= taken > 0 && taken + amount > max;
      if (!isUsedUp) taken += amount;
      return !isUsedUp;
    },
    isUsedUp: () => isUsedUp,
  };
}
