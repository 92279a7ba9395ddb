// A request that the document allows and the service has to take: values from the schemas, then whatever the schemas
// cannot say is put right.

import type { OpenApi, Parameter, Schema } from '../document/api-document.ts';
import type { Operation } from '../document/api-document.ts';
import type { Dice } from './dice.ts';
import { newDraft, type Draft } from './draft.ts';
import { fitDraft } from './fit-draft.ts';
import { anyUuid, generateJson, type Vocabulary } from './generate-json.ts';
import type { Room } from './room.ts';
import { anyText } from './texts.ts';
import { anyInstant, EDGE_TIMES, spellInstant } from './timestamps.ts';

const PARAMETER_SHARE = 0.3;
const EDGE_TIME_SHARE = 0.03;

/** Never refused as input; whether there is what it names is another matter. */
export function validRequest(document: OpenApi, operation: Operation, room: Room): Draft {
  const { dice } = room;
  const draft = newDraft(operation);
  const making = { document, dice, vocabulary: vocabularyOf(room, draft) };
  for (const parameter of operation.parameters) {
    if (!isWanted(parameter, dice)) continue;
    const value = String(generateJson(making, parameter.schema, parameter.name));
    // An empty one would be another address.
    if (parameter.in === 'path') draft.path.set(parameter.name, value === '' ? 'x' : value);
    if (parameter.in === 'query') draft.query.push([parameter.name, value]);
    if (parameter.in === 'header') draft.headers.push([parameter.name.toLowerCase(), value]);
  }
  const [type, schema] = chooseBody(operation, dice);
  if (schema !== undefined && (operation.isBodyRequired || dice.chance(0.5))) {
    draft.contentType = type;
    draft.body = generateJson(making, schema);
  }
  fitDraft(draft, room);
  return draft;
}

// NDJSON is a way to write the JSON body down, and its own schema says nothing of it.
function chooseBody({ bodies }: Operation, dice: Dice): [string, Schema | undefined] {
  const type = [...bodies.keys()].find((name) => /\bjson$/.test(name) && !name.includes('ndjson')) ?? '';
  return [dice.chance(0.1) ? `${type}; charset=utf-8` : type, bodies.get(type)];
}

function isWanted({ in: place, required, name }: Parameter, dice: Dice): boolean {
  return place === 'path' || required === true || name === 'orgId' || dice.chance(PARAMETER_SHARE);
}

function vocabularyOf(room: Room, draft: Draft): Vocabulary {
  const { dice } = room;
  const mint = () => {
    const canary = room.mint();
    draft.canaries.push(canary);
    return canary;
  };
  const words: Readonly<Record<string, () => unknown>> = {
    id: () => (isAppointment(draft) ? anyAppointmentId(dice, mint) : anyUuid(dice)),
    deliveryId: () => `msg_${anyUuid(dice).replaceAll('-', '')}`,
    orgId: () => (isBooking(draft) ? room.anyOrg() : room.quietOrg()),
    resourceId: () => (dice.chance(0.8) ? `room-${dice.below(4)}` : anyText(dice, { min: 1, max: 128 })),
    url: () => `${room.receiverUrl}/${mint()}`,
    callbackUrl: () => `${room.receiverUrl}/${dice.below(9)}`,
    description: () => `${mint()}${anyText(dice, { min: 0, max: 100 })}`,
    name: () => `${mint()}${anyText(dice, { min: 0, max: 20 }).trim()}`,
    'Idempotency-Key': () => dice.pick([`"${room.mint()}"`, room.mint()]),
    Prefer: () =>
      dice.pick(['respond-async', 'wait=1', 'wait=2, handling=lenient', 'foo=bar', 'Wait="1"; x']),
    'Last-Event-ID': () => (draft.operation.path.includes('{requestId}') ? 'queued' : String(dice.below(5))),
  };
  return (name, schema) => {
    const word = Object.hasOwn(words, name) ? words[name] : undefined;
    if (word !== undefined) return word();
    return isTime(schema) ? anyTime(dice) : undefined;
  };
}

function isAppointment({ operation }: Draft): boolean {
  return operation.path.includes('/appointments');
}

function isBooking({ operation }: Draft): boolean {
  return !/webhooks|admin/.test(operation.path);
}

function anyAppointmentId(dice: Dice, mint: () => string): string {
  const canary = mint();
  return dice.chance(0.1) ? canary + anyText(dice, { min: 0, max: 150 }) : canary;
}

function isTime({ examples, format }: Schema): boolean {
  return format === 'date-time' || /^\d{4}-\d{2}-\d{2}[ T]/.test(String(examples?.[0]));
}

function anyTime(dice: Dice): string {
  return dice.chance(EDGE_TIME_SHARE) ? dice.pick(EDGE_TIMES) : spellInstant(dice, anyInstant(dice));
}
