import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toPrintable } from './printable.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('what is kept of an answer', () => {
  test('text stays text, in any script', () => {
    expect(toPrintable(bytes('{"ok": true} – größer 東京 🙂'))).toBe('{"ok": true} – größer 東京 🙂');
  });

  test('what moves, hides or forges text is replaced', () => {
    expect(toPrintable(bytes('a\r\nb\tc\0d\x1b[31m\u202Ee\u200Bf\u2028g\x7F\u0085h'))).toBe(
      'a��b�c�d�[31m�e�f�g��h',
    );
  });

  test('it is cut after 1,000 characters, and never through one', () => {
    expect(toPrintable(bytes('x'.repeat(5_000)))).toHaveLength(1_000);
    const cut = toPrintable(bytes(`${'x'.repeat(999)}🙂`));
    expect(cut).toBe(`${'x'.repeat(999)}�`);
  });

  test('whatever the bytes, it is short, well formed and free of control characters', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (input) => {
        const text = toPrintable(input);
        expect(text.length).toBeLessThanOrEqual(1_000);
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
