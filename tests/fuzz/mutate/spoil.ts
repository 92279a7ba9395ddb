// Spoils a valid request in one way, sometimes in two, and says what the service owes the result.

import type { Validators } from '../document/validators.ts';
import type { Draft } from '../generate/draft.ts';
import type { Room } from '../generate/room.ts';
import { BODY_MUTATORS } from './body-mutators.ts';
import { HEAD_MUTATORS } from './head-mutators.ts';
import type { Mutator } from './mutator.ts';
import { RAW_MUTATORS } from './raw-mutators.ts';
import { readJson, TEXT_MUTATORS } from './text-mutators.ts';

/** Separate sockets take most of the time of a run, and the HTTP parser is Node's, not ours. */
const RAW_SHARE = 0.04;
const TWICE_SHARE = 0.15;

const POLITE_MUTATORS: readonly Mutator[] = [...BODY_MUTATORS, ...TEXT_MUTATORS, ...HEAD_MUTATORS];

export function spoil(draft: Draft, room: Room, validators: Validators): void {
  const { dice } = room;
  if (dice.chance(RAW_SHARE)) {
    applyOne(RAW_MUTATORS, draft, room);
    return;
  }
  const first = applyOne(POLITE_MUTATORS, draft, room);
  // A target that is written already would not show another query.
  if (draft.target === undefined && dice.chance(TWICE_SHARE)) {
    const owed = draft.expectation;
    applyOne(HEAD_MUTATORS, draft, room);
    // What was to be refused for its body may not get so far any more, but it is not taken either. What was to be refused
    // for its head may have been put right by the other header or parameter.
    const stays = owed === 'broken' || (owed === 'refused' && !HEAD_MUTATORS.includes(first));
    if (stays && !isBroken(draft)) draft.expectation = owed;
  }
  if (draft.expectation === 'either') judgeBody(draft, validators);
}

function applyOne(from: readonly Mutator[], draft: Draft, room: Room): Mutator {
  const fitting = from.filter((mutator) => mutator.fits(draft));
  const chosen = room.dice.pick(fitting);
  chosen.apply(draft, room);
  draft.mutations.push(chosen.name);
  return chosen;
}

/** A body against its schema is refused for certain, unless it is a batch: there only the item is. */
function judgeBody(draft: Draft, validators: Validators): void {
  const { operation, text, body } = draft;
  if (!draft.isAddressed || draft.method !== operation.method) return;
  const type = [...operation.bodies.keys()][0];
  const judge = type === undefined ? undefined : validators.requestOf(operation, type);
  if (judge === undefined || Array.isArray(body) || isBatch(draft)) return;
  // A body that is none may be left out.
  if (text?.length === 0 || (body === undefined && text === undefined)) return;
  const read = text === undefined ? { value: body } : readJson(text);
  if (read === undefined || judge(read.value).length > 0) draft.expectation = 'refused';
}

function isBroken({ expectation }: Draft): boolean {
  return expectation === 'broken';
}

function isBatch({ operation }: Draft): boolean {
  return operation.path.endsWith('/batch');
}
