import { expect, test } from '@jest/globals';
import { readUpConfig } from '../config.ts';
import { banner } from './banner.ts';

const FACTS = {
  address: 'http://127.0.0.1:3000',
  adminAddress: 'http://127.0.0.1:3001',
  auth: 'keys',
  now: new Date('2030-01-01T00:00:00Z'),
};

test.each([
  ['pnpm/11.2.3 npm/? node/v24.0.0 linux x64', 'npx -y pnpm@11.2.3 slotline'],
  ['npm/11.0.0 node/v24.0.0 linux x64', 'slotline'],
  [undefined, 'slotline'],
])('after a run by %s the banner shows the command %s', (npm_config_user_agent, expected) => {
  const { command } = readUpConfig({ npm_config_user_agent });
  const text = banner({ ...FACTS, command });
  expect(text).toContain(`  ${expected} keys create --org default`);
  expect(text).toContain(`${expected} --help`);
});
