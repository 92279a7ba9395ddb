import { expect, it } from '@jest/globals';
import { parseWebhookId, webhookIdOf } from './webhook-id.ts';

const DELIVERY_ID = '0199d4b0-1234-8abc-9def-00112233aabb';

it('a delivery’s id and its webhook id lead to each other', () => {
  expect(webhookIdOf(DELIVERY_ID)).toBe('msg_0199d4b012348abc9def00112233aabb');
  expect(parseWebhookId(webhookIdOf(DELIVERY_ID))).toBe(DELIVERY_ID);
});

it.each([
  '',
  'msg_',
  DELIVERY_ID,
  `msg_${DELIVERY_ID}`,
  'MSG_0199d4b012348abc9def00112233aabb',
  'msg_0199D4B012348ABC9DEF00112233AABB',
  'msg_0199d4b012348abc9def00112233aabb0',
  'msg_0199d4b012348abc9def00112233aab',
  ' msg_0199d4b012348abc9def00112233aabb',
])('%j is no webhook id', (text) => {
  expect(parseWebhookId(text)).toBeUndefined();
});
