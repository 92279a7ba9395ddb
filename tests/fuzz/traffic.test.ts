// A 503 of the service is a finding, unless the machine stalled the service during the request.

import { expect, it } from '@jest/globals';
import { openApiDocument } from '@slotline/contract';
import { operationsOf, type OpenApi } from './document/api-document.ts';
import { compileValidators } from './document/validators.ts';
import { newDraft } from './generate/draft.ts';
import type { Answer } from './http/exchange.ts';
import { Traffic } from './traffic.ts';
import { ANYBODY, operationOf, type World } from './world.ts';

const document = JSON.parse(JSON.stringify(openApiDocument())) as OpenApi;
const world: World = {
  apis: [
    {
      document,
      operations: operationsOf(document, 'http://127.0.0.1'),
      validators: compileValidators(document),
    },
  ],
  receiverUrl: 'http://127.0.0.1',
  chooseAsker: () => ANYBODY,
  secrets: [],
  operator: ANYBODY,
};

async function findingsOf(status: number, { hasStalled }: { hasStalled: boolean }): Promise<number> {
  const answer: Answer = { status, headers: {}, body: Buffer.alloc(0), tookMs: 1 };
  const sender = {
    send: async () => ({ kind: 'answered', answers: [answer] }) as const,
    close: async () => {},
  };
  const traffic = new Traffic(world, sender, { sawStallSince: () => hasStalled });
  await traffic.send(newDraft(operationOf(world, 'getReadiness')), 1);
  expect(traffic.isExcused(1)).toBe(traffic.foundCount === 0);
  return traffic.foundCount;
}

it('a 503 while the machine stalled the service is no finding', async () => {
  expect(await findingsOf(503, { hasStalled: true })).toBe(0);
});

it('a 503 without a stall is a finding, and so is any other error status during a stall', async () => {
  expect(await findingsOf(503, { hasStalled: false })).toBeGreaterThan(0);
  expect(await findingsOf(500, { hasStalled: true })).toBeGreaterThan(0);
});
