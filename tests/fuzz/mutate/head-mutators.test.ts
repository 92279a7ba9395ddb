// What a spoilt head is owed, where that depends on the body.

import { describe, expect, it } from '@jest/globals';
import { openApiDocument } from '@slotline/contract';
import { operationsOf, type OpenApi } from '../document/api-document.ts';
import { newDraft, type Draft } from '../generate/draft.ts';
import { Room } from '../generate/room.ts';
import { HEAD_MUTATORS } from './head-mutators.ts';

const document = JSON.parse(JSON.stringify(openApiDocument())) as OpenApi;
const operations = operationsOf(document, 'http://127.0.0.1');

function withOddType(id: string, sent: { text?: string }): Draft {
  const operation = operations.find((one) => one.id === id);
  const mutator = HEAD_MUTATORS.find(({ name }) => name === 'a type that is not JSON');
  if (operation === undefined || mutator === undefined) throw new Error(`there is no ${id}`);
  const draft = { ...newDraft(operation), body: {} };
  if (sent.text !== undefined) draft.text = Buffer.from(sent.text);
  mutator.apply(draft, new Room({ seed: 1, number: 1, receiverUrl: 'http://127.0.0.1' }));
  return draft;
}

describe('a type that is not JSON', () => {
  it('is to be refused with any body, and where a body is required without one', () => {
    expect(withOddType('confirmAppointment', {}).expectation).toBe('refused');
    expect(withOddType('confirmAppointment', { text: ' ' }).expectation).toBe('refused');
    expect(withOddType('bookAppointment', { text: '' }).expectation).toBe('refused');
  });

  it('may stand where there is no body and none is required', () => {
    expect(withOddType('confirmAppointment', { text: '' }).expectation).toBe('either');
  });
});
