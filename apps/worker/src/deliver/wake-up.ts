// What Redis carries of a delivery: that attempt number n + 1 of it is due. No fact, no address, no secret: all of
// that is read anew from PostgreSQL when the attempt is made.

export interface WakeUp {
  readonly deliveryId: string;
  /** Attempts made when it was found due: who finds another number comes too late. */
  readonly attempts: number;
}

/** One wake-up for each attempt: the same one again is recognised, and a later one is another. */
export function wakeUpId({ deliveryId, attempts }: WakeUp): string {
  return `${deliveryId}:${attempts}`;
}

/** Throws on anything else. */
export function parseWakeUp(raw: string): WakeUp {
  const { deliveryId, attempts } = JSON.parse(raw) as Partial<WakeUp>;
  if (typeof deliveryId !== 'string' || !Number.isSafeInteger(attempts)) {
    throw new TypeError('this is no wake-up of a delivery');
  }
  return { deliveryId, attempts: attempts ?? 0 };
}
