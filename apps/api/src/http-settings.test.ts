import { expect, it } from '@jest/globals';
import { originList, trustedProxies } from './http-settings.ts';

it.each([
  ['https://app.example.com', ['https://app.example.com']],
  ['https://app.example.com, http://localhost:5173', ['https://app.example.com', 'http://localhost:5173']],
  ['http://[::1]:8080', ['http://[::1]:8080']],
])('%j are origins', (text, origins) => {
  expect(originList.parse(text)).toEqual(origins);
});

it.each([
  '*',
  'null',
  'app.example.com',
  'https://app.example.com/',
  'https://app.example.com/path',
  'https://App.example.com',
  'https://app.example.com:443',
  'https://*.example.com',
  'https://user@app.example.com',
  'ftp://app.example.com',
  'https://app.example.com,',
])('%j is refused: no browser sends it as an origin, or any page may send it', (text) => {
  expect(originList.safeParse(text).success).toBe(false);
});

it.each([
  ['none', false],
  ['1', 1],
  ['10', 10],
  ['10.0.0.1', ['10.0.0.1']],
  ['loopback, 10.0.0.0/8,fd00::/8', ['loopback', '10.0.0.0/8', 'fd00::/8']],
  ['uniquelocal,linklocal', ['uniquelocal', 'linklocal']],
])('%j trusts %j', (text, trusted) => {
  expect(trustedProxies.parse(text)).toEqual(trusted);
});

it.each([
  '0',
  '11',
  'true',
  'all',
  '*',
  '10.0.0.0/33',
  '10.0.0.0/0',
  '::/0',
  '10.0.0.1/8/8',
  'proxy.example.com',
  '1,2',
  '10.0.0.1,',
  '10.0.0.0/',
  '-1',
])('%j is not a valid set of proxies and is refused', (text) => {
  expect(trustedProxies.safeParse(text).success).toBe(false);
});
