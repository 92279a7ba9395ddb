import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createMigration } from './new-migration.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'slotline-migration-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

test('migrations are numbered consecutively from 0001', () => {
  createMigration(dir, 'First things');
  createMigration(dir, 'add-reminders');
  expect(readdirSync(dir)).toEqual(['0001_first_things.sql', '0002_add_reminders.sql']);
});

test('a name that gives an invalid file name is refused', () => {
  expect(() => createMigration(dir, '../escape')).toThrow(/cannot be named/);
  expect(() => createMigration(dir, '')).toThrow(/cannot be named/);
});
