// What one step of a fan-out may take of something. A step has to end within the time-out of a statement, and one
// that does not is made again, just as large: without an end, and nobody is told of anything any more.

export interface Allowance {
  /** False when it is more than what is left, and from then on always. The first is granted, whatever its size. */
  take(amount: number): boolean;
  /** Something was refused. */
  isUsedUp(): boolean;
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
