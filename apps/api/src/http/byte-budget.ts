// Limits the bytes of request bodies or of answers that a process holds at once, in total and per org. What
// does not fit waits for room in the order of its org.

/** The share of the budget that one org may hold. */
const ORG_SHARE = 1 / 4;
/** How long a reservation waits for room before it is refused. Clients that read make room within milliseconds. */
const ROOM_WAIT_MS_MAX = 3_000;

export interface Reservation {
  /** Sets the reservation to the real size once that is known; it may be larger. */
  resize(bytes: number): void;
  /** May be called more than once. */
  release(): void;
}

export interface ByteBudget {
  /**
   * Reserves room for the org, synchronously if there is room. Resolves with `undefined` when there was none
   * for {@link ROOM_WAIT_MS_MAX}.
   */
  reserve(orgId: string, bytes: number): Reservation | Promise<Reservation | undefined>;
  /** Bytes that are reserved now. */
  bytes(): number;
}

interface Waiter {
  readonly bytes: number;
  grant(): void;
}

export function createByteBudget({
  bytesMax,
  waitMs = ROOM_WAIT_MS_MAX,
}: {
  readonly bytesMax: number;
  readonly waitMs?: number;
}): ByteBudget {
  const orgBytesMax = bytesMax * ORG_SHARE;
  const takenByOrg = new Map<string, number>();
  const waitersByOrg = new Map<string, Set<Waiter>>();
  let taken = 0;

  const fits = (orgId: string, bytes: number) =>
    taken + bytes <= bytesMax && (takenByOrg.get(orgId) ?? 0) + bytes <= orgBytesMax;
  const add = (orgId: string, bytes: number) => {
    taken += bytes;
    const ofOrg = (takenByOrg.get(orgId) ?? 0) + bytes;
    if (ofOrg === 0) takenByOrg.delete(orgId);
    else takenByOrg.set(orgId, ofOrg);
  };
  const grantWaiting = () => {
    for (const [orgId, waiters] of waitersByOrg) {
      for (const waiter of waiters) {
        if (!fits(orgId, waiter.bytes)) break;
        waiter.grant();
      }
    }
  };
  const take = (orgId: string, bytes: number): Reservation => {
    let held = bytes;
    add(orgId, held);
    const hold = (next: number) => {
      add(orgId, next - held);
      const isLess = next < held;
      held = next;
      if (isLess) grantWaiting();
    };
    let isReleased = false;
    return {
      resize: (next) => void (isReleased || hold(next)),
      release: () => {
        if (isReleased) return;
        isReleased = true;
        hold(0);
      },
    };
  };
  const wait = (orgId: string, bytes: number) =>
    new Promise<Reservation | undefined>((resolve) => {
      const waiters = waitersByOrg.get(orgId) ?? new Set();
      waitersByOrg.set(orgId, waiters);
      const end = (reservation?: Reservation) => {
        clearTimeout(timer);
        waiters.delete(waiter);
        if (waiters.size === 0) waitersByOrg.delete(orgId);
        resolve(reservation);
      };
      const waiter: Waiter = { bytes, grant: () => end(take(orgId, bytes)) };
      const timer = setTimeout(end, waitMs);
      waiters.add(waiter);
    });

  return {
    bytes: () => taken,
    // Waiting reservations of the org come first, in their order.
    reserve: (orgId, bytes) =>
      !waitersByOrg.has(orgId) && fits(orgId, bytes) ? take(orgId, bytes) : wait(orgId, bytes),
  };
}
