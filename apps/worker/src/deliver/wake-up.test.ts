import { expect, it } from '@jest/globals';
import { parseWakeUp, wakeUpId } from './wake-up.ts';

it('the same attempt has the same id, and the next attempt another one', () => {
  expect(wakeUpId({ deliveryId: 'd', attempts: 1 })).toBe(wakeUpId({ deliveryId: 'd', attempts: 1 }));
  expect(wakeUpId({ deliveryId: 'd', attempts: 1 })).not.toBe(wakeUpId({ deliveryId: 'd', attempts: 2 }));
});

it('is parsed unchanged, and other text is rejected', () => {
  const wakeUp = { deliveryId: 'd', attempts: 3 };
  expect(parseWakeUp(JSON.stringify(wakeUp))).toEqual(wakeUp);
  for (const raw of ['', 'null', '{}', '{"deliveryId":"d"}', '{"deliveryId":1,"attempts":1}']) {
    expect(() => parseWakeUp(raw)).toThrow(/wake-up|JSON|null/);
  }
});
