import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineSplitter } from './line-splitter.ts';

function split(content: Buffer, chunkBytes: number, lineBytesMax = 100) {
  const splitter = new LineSplitter(lineBytesMax);
  const lines = [];
  for (let at = 0; at < content.length; at += chunkBytes)
    lines.push(...splitter.push(content.subarray(at, at + chunkBytes)));
  return [...lines, ...splitter.end()];
}

describe('the lines of a file', () => {
  test('do not depend on how the bytes are split into chunks', () => {
    const content = fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 20 });
    fc.assert(
      fc.property(content, fc.integer({ min: 1, max: 50 }), (parts, chunkBytes) => {
        const bytes = Buffer.from(parts.join('\n'));
        expect(split(bytes, chunkBytes)).toEqual(split(bytes, bytes.length + 1));
      }),
    );
  });

  test('are numbered from 1, empty ones included, with or without a line feed at the end', () => {
    const expected = [
      { kind: 'text', number: 1, text: 'a' },
      { kind: 'text', number: 2, text: '' },
      { kind: 'text', number: 3, text: 'ü' },
    ];
    expect(split(Buffer.from('a\n\nü'), 1)).toEqual(expected);
    expect(split(Buffer.from('a\n\nü\n'), 1)).toEqual(expected);
  });

  test('that are too long are reported and do not affect the next line', () => {
    const lines = split(Buffer.from(`${'x'.repeat(101)}\n${'y'.repeat(100)}\n${'z'.repeat(500)}`), 7);
    expect(lines.map(({ kind }) => kind)).toEqual(['too-long', 'text', 'too-long']);
  });

  test('that are not UTF-8 are reported, not repaired', () => {
    expect(split(Buffer.from([0xff, 0x0a, 0x61]), 10)).toEqual([
      { kind: 'not-utf8', number: 1 },
      { kind: 'text', number: 2, text: 'a' },
    ]);
  });

  test('lose a byte order mark at the start of the file only', () => {
    expect(split(Buffer.from('\uFEFFa\n\uFEFFb'), 2)).toMatchObject([{ text: 'a' }, { text: '\uFEFFb' }]);
  });
});
