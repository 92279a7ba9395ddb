import { describe, expect, test } from '@jest/globals';
import { PARTITIONS } from '../limits.ts';
import { loadScript } from './load-script.ts';

describe('a loaded script', () => {
  test('has each included file once, before the code that uses it', () => {
    const { lua } = loadScript('accept');
    // accept.lua and item-record.lua both include mailbox.lua.
    expect(lua.split('local function field(')).toHaveLength(2);
    expect(lua.indexOf('local function field(')).toBeLessThan(lua.indexOf('local function describe('));
    expect(lua).not.toContain('@include');
  });

  test('has the limits that it names as numbers', () => {
    expect(loadScript('sweep').lua).toContain(`local PARTITIONS = ${PARTITIONS}\n`);
    expect(loadScript('accept').lua).not.toContain('@limit');
  });

  test('fails to load when its file is missing', () => {
    expect(() => loadScript('nowhere')).toThrow('nowhere.lua');
  });
});
