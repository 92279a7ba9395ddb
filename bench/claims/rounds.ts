// Alternating rounds: every round measures every system once, and every second round goes backwards, so that
// whatever else the machine does falls on all of them.

/** What `measure` found, round by round, for each system. One at a time. */
export async function alternate<System, Found>(
  systems: readonly System[],
  rounds: number,
  measure: (system: System, round: number) => Promise<Found>,
): Promise<ReadonlyMap<System, readonly Found[]>> {
  const found = new Map<System, Found[]>(systems.map((system) => [system, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const system of round % 2 === 1 ? systems : systems.toReversed()) {
      found.get(system)?.push(await measure(system, round));
    }
  }
  return found;
}
