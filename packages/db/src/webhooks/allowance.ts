// Limits of one fan-out step. A step must end within the statement timeout: one that does not is repeated at the
// same size, indefinitely, and no further deliveries are made.

export interface Allowance {
  /**
   * False if `amount` exceeds the rest, and from then on always. The first amount is granted, whatever its size.
   */
  take(amount: number): boolean;
  /** Whether an amount was refused. */
  isUsedUp(): boolean;
}

/** A limit shared by several orgs, each of which may take an equal part. */
export interface SharedAllowance {
  take(orgKey: number, amount: number): boolean;
  /** Whether an amount was refused because the whole limit was used up. */
  isUsedUp(): boolean;
  /** Whether an amount was refused because an org used up its part. */
  isPartUsedUp(): boolean;
}

export function createSharedAllowance(max: number, orgKeys: readonly number[]): SharedAllowance {
  const all = createAllowance(max);
  const orgs = [...new Set(orgKeys)];
  // A single org may take everything.
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
