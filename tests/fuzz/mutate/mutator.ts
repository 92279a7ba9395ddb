// One way to spoil a request. A mutator says what the service owes the result: `refused` only where that is certain.

import type { Draft } from '../generate/draft.ts';
import type { Room } from '../generate/room.ts';

export interface Mutator {
  readonly name: string;
  /** Whether there is anything to spoil in this way. */
  readonly fits: (draft: Draft) => boolean;
  readonly apply: (draft: Draft, room: Room) => void;
}

export const hasBody = ({ operation }: Draft): boolean => operation.bodies.size > 0;
export const always = (): boolean => true;

/** Leaves open what follows, or makes it certain. */
export function expect(draft: Draft, expectation: Draft['expectation']): void {
  draft.expectation = expectation;
}
