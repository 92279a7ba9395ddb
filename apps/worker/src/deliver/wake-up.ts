// The Redis entry of a delivery: it says that attempt n + 1 is due. It holds no fact, URL or secret; the
// attempt reads those from PostgreSQL.

export interface WakeUp {
  readonly deliveryId: string;
  /** Attempts made when it was found due. If the row has another number, the wake-up is outdated. */
  readonly attempts: number;
}

/** One id per attempt: a repeated wake-up has the same id, the wake-up of the next attempt another one. */
export function wakeUpId({ deliveryId, attempts }: WakeUp): string {
  return `${deliveryId}:${attempts}`;
}

/** Throws on anything else. */
export function parseWakeUp(raw: string): WakeUp {
  const { deliveryId, attempts } = JSON.parse(raw) as Partial<WakeUp>;
  if (typeof deliveryId !== 'string' || !Number.isSafeInteger(attempts)) {
    throw new TypeError('not a wake-up of a delivery');
  }
  return { deliveryId, attempts: attempts ?? 0 };
}
