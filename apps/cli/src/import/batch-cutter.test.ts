import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Batch, batchBody, batchKey, importKey } from './batch.ts';
import { BatchCutter } from './batch-cutter.ts';
import { IMPORT_LIMITS } from './import-limits.ts';
import type { GoodLine } from './import-line.ts';

const LIMITS = { ...IMPORT_LIMITS, batchLinesMax: 3, batchBytesMax: 60, openLinesMax: 12, openBytesMax: 300 };

function line(number: number, orgId: string, bytes = 2): GoodLine {
  return { kind: 'good', number, orgId, json: `{${' '.repeat(bytes - 2)}}` };
}

function cut(lines: readonly GoodLine[], limits = LIMITS): Batch[] {
  const cutter = new BatchCutter(limits);
  return [...lines.flatMap((one) => cutter.add(one)), ...cutter.cutAll()];
}

const file = fc
  .array(fc.record({ org: fc.integer({ min: 0, max: 20 }), bytes: fc.integer({ min: 2, max: 57 }) }), {
    maxLength: 200,
  })
  .map((lines) => lines.map(({ org, bytes }, at) => line(at + 1, `org-${org}`, bytes)));

describe('the batches of a file', () => {
  test('hold every line once, in file order inside an org, numbered without gaps', () => {
    fc.assert(
      fc.property(file, (lines) => {
        const batches = cut(lines);
        for (const orgId of new Set(lines.map((one) => one.orgId))) {
          const own = batches.filter((batch) => batch.orgId === orgId);
          expect(own.map((batch) => batch.number)).toEqual(own.map((_, at) => at));
          expect(own.flatMap((batch) => batch.lines)).toEqual(lines.filter((one) => one.orgId === orgId));
        }
        expect(batches.flatMap((batch) => batch.lines)).toHaveLength(lines.length);
      }),
    );
  });

  test('exceed no limit', () => {
    fc.assert(
      fc.property(file, (lines) => {
        for (const batch of cut(lines)) {
          expect(batch.lines.length).toBeLessThanOrEqual(LIMITS.batchLinesMax);
          expect(Buffer.byteLength(batchBody(batch))).toBeLessThanOrEqual(LIMITS.batchBytesMax);
        }
        const cutter = new BatchCutter(LIMITS);
        for (const one of lines) {
          cutter.add(one);
          expect(cutter.openLines).toBeLessThan(LIMITS.openLinesMax);
          expect(cutter.openBytes).toBeLessThan(LIMITS.openBytesMax);
        }
      }),
    );
  });

  test('put the m-th line of an org into batch floor(m / 500) while no other limit is reached', () => {
    const lines = Array.from({ length: 3000 }, (_, at) => line(at + 1, `org-${at % 2}`));
    const batches = cut(lines, IMPORT_LIMITS);
    expect(batches.map(({ orgId, number, lines: { length } }) => [orgId, number, length])).toEqual([
      ['org-0', 0, 500],
      ['org-1', 0, 500],
      ['org-0', 1, 500],
      ['org-1', 1, 500],
      ['org-0', 2, 500],
      ['org-1', 2, 500],
    ]);
  });

  test('do not change when lines are appended to the file, except for the last batch of an org', () => {
    const lines = Array.from({ length: 10 }, (_, at) => line(at + 1, 'acme'));
    expect(cut(lines).slice(0, 3)).toEqual(cut(lines.slice(0, 9)));
  });

  test('are JSON arrays of the unchanged lines', () => {
    const lines = ['{"id":"1"}', '{ "id": 2.0 }'].map((json, at) => ({ ...line(at, 'acme'), json }));
    expect(batchBody({ orgId: 'acme', number: 0, lines, bytes: 0 })).toBe('[{"id":"1"},{ "id": 2.0 }]');
  });
});

describe('the key of a batch', () => {
  const key = importKey('ab'.repeat(32), LIMITS);

  test('is visible ASCII of bounded length for any name of an org', () => {
    for (const orgId of ['acme', 'Bürgeramt #3', '\ud800', 'x'.repeat(1000)])
      expect(batchKey(key, { orgId, number: 1_000_000 })).toMatch(/^[\x21-\x7e]{1,100}$/);
  });

  test('differs by content, org, number and by the limits that decide where batches end', () => {
    const keys = [
      batchKey(key, { orgId: 'a', number: 0 }),
      batchKey(key, { orgId: 'b', number: 0 }),
      batchKey(key, { orgId: 'a', number: 1 }),
      batchKey(importKey('cd'.repeat(32), LIMITS), { orgId: 'a', number: 0 }),
      batchKey(importKey('ab'.repeat(32), { ...LIMITS, batchBytesMax: 61 }), { orgId: 'a', number: 0 }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('never changes between releases for the same file', () => {
    expect(batchKey(importKey('ab'.repeat(32), IMPORT_LIMITS), { orgId: 'acme', number: 7 })).toBe(
      'import-abababababababab-500.7ae638-822b33ad87c148a0-7',
    );
  });
});
