// `slotline orgs` and `slotline quarantine` against a real service: their effects, their output and their
// error messages.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeJob, type Job } from '@slotline/contract';
import type { Instant } from '@slotline/core';
import { openDecider } from '@slotline/db';
import { findFreePort } from '@slotline/embedded';
import { makeKey, startSystem, type System } from '@slotline/testkit';
import { orgsCommand } from '../src/admin/orgs-command.ts';
import { quarantineCommand } from '../src/admin/quarantine-command.ts';
import { CliError } from '../src/cli-error.ts';

let system: System;
let operator: string;
beforeAll(async () => {
  system = await startSystem({ environment: { AUTH: 'keys' } });
  operator = await makeKey(system, { scopes: ['admin'] });
});
afterAll(async () => {
  await system.close();
});

/** Runs a command line in this process. */
async function slotline(line: readonly string[], env: Record<string, string> = {}) {
  let [out, err] = ['', ''];
  const terminal = {
    env: { SLOTLINE_ADMIN_URL: system.adminUrl, SLOTLINE_KEY: operator, ...env },
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
  };
  const [command = '', ...args] = line;
  const made = command === 'orgs' ? orgsCommand(terminal) : quarantineCommand(terminal);
  await made.parseAsync(args, { from: 'user' });
  return { out, err };
}

/** The error message that the user sees. */
async function saidBy(line: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const error: unknown = await slotline(line, env).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(CliError);
  return (error as CliError).message;
}

async function book(orgId: string): Promise<void> {
  const times = { createdAt: '2030-01-01 00:00', updatedAt: '2030-01-01 00:00' };
  const answer = await fetch(`${system.url}/api/appointments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${operator}` },
    body: JSON.stringify({ id: 1, orgId, start: '2030-01-01 10:00', end: '2030-01-01 11:00', ...times }),
  });
  expect(answer.status).toBe(202);
}

/** Quarantines a booking, as a worker does when it cannot decide it. The id `a\0b` is never valid. */
async function setAside(requestId: string, appointmentId: string): Promise<void> {
  const at = Date.UTC(2030, 0, 2) as Instant;
  const job: Job = {
    ...{ operation: 'book', appointmentId, resourceId: 'r', start: at, end: (at + 1) as Instant },
    ...{ createdAt: at, updatedAt: at, metadata: null, heldUntil: null, acceptedAt: at },
  };
  const decider = openDecider({ url: system.databaseUrl, lanes: 1 });
  const facts = { requestId, orgId: 'set-aside', appointmentId, operation: 'book', acceptedAt: at };
  await decider.quarantine({
    ...facts,
    raw: JSON.stringify(writeJob(job)),
    detail: 'told',
    cause: 'a\ncause',
  });
  await decider.close();
}

describe('orgs', () => {
  test('can be paused, listed, weighted and resumed', async () => {
    expect((await slotline(['orgs', 'list'])).out).toBe(
      'No org has waiting requests, is paused or has a weight.\n',
    );
    expect((await slotline(['orgs', 'pause', 'acme'])).out).toMatch(
      /^acme is paused, with 0 requests waiting/,
    );
    await book('acme');
    expect((await slotline(['orgs', 'set-weight', 'acme', '5'])).out).toBe('acme has weight 5.\n');
    const [head, line] = (await slotline(['orgs', 'list'])).out.split('\n');
    expect(head).toMatch(/^ORG +WAITING +OLDEST +PAUSED +WEIGHT +PER SECOND$/);
    expect(line).toMatch(/^acme +1 +\d+ ms +yes +5 +-$/);
    expect((await slotline(['orgs', 'resume', 'acme'])).out).toBe(
      'acme is resumed, with 1 request waiting.\n',
    );
  });

  test('are printed as the service’s own JSON with --json', async () => {
    const { out } = await slotline(['orgs', 'list', '--org', 'nobody', '--json']);
    expect(JSON.parse(out)).toEqual([
      { orgId: 'nobody', waiting: 0, oldestAgeMs: 0, isPaused: false, weight: 1 },
    ]);
  });

  test.each(['..', 'a/b', '?x', 'ä ö', '%2e%2e'])('may have the id %j', async (org) => {
    const { out } = await slotline(['orgs', 'pause', org, '--json']);
    expect(JSON.parse(out)).toMatchObject({ orgId: org, isPaused: true });
    await slotline(['orgs', 'resume', org]);
  });
});

describe('quarantine', () => {
  test('is reported as empty in words and as an empty JSON list', async () => {
    expect((await slotline(['quarantine', 'list'])).out).toBe('Nothing is set aside.\n');
    expect((await slotline(['quarantine', 'list', '--json'])).out).toBe('[]\n');
  });

  test('is listed with the reason in one line, and decided by a retry', async () => {
    const id = '00000000-0000-7000-8000-000000000001';
    await setAside(id, '42');
    const [, line] = (await slotline(['quarantine', 'list', '--org', 'set-aside'])).out.split('\n');
    expect(line).toMatch(new RegExp(`^${id}  set-aside  20\\S+Z  book 42  possible  a\\\\u\\{a\\}cause$`));
    const { out } = await slotline(['quarantine', 'retry', id]);
    expect(out).toMatch(/^Retried as [\da-f-]{36}: created\.\n$/);
    const listed = await slotline(['quarantine', 'list', '--org', 'set-aside', '--json', '--payload']);
    expect(JSON.parse(listed.out)).toMatchObject([
      { retriedAs: out.split(/[ :]/)[2], payload: expect.any(String) },
    ]);
  });

  test('reports a retry that cannot be decided either, and that there are more requests than shown', async () => {
    const id = '00000000-0000-7000-8000-000000000002';
    await setAside(id, 'a\0b');
    const said = await saidBy(['quarantine', 'retry', id]);
    expect(said).toMatch(/could not be decided again: see [\da-f-]{36}/);
    expect((await slotline(['quarantine', 'list', '--limit', '1'])).err).toMatch(/There are older ones/);
  });

  test('reports an id that is not quarantined', async () => {
    expect(await saidBy(['quarantine', 'retry', 'nobody'])).toMatch(/No quarantined request has this id/);
  });
});

describe('an error message says what to do when', () => {
  const LIST = ['orgs', 'list'];

  test('nothing listens', async () => {
    const url = `http://someone:hunter2@127.0.0.1:${await findFreePort()}`;
    const said = await saidBy([...LIST, '--admin-url', url]);
    expect(said).toMatch(
      /^Nothing answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\).*SLOTLINE_ADMIN_URL/,
    );
    expect(said).not.toContain('hunter2');
  });

  test('the URL is the clients’ port', async () => {
    expect(await saidBy(LIST, { SLOTLINE_ADMIN_URL: system.url })).toMatch(/clients have another one/);
  });

  test('the key is missing, wrong or an org’s', async () => {
    expect(await saidBy(LIST, { SLOTLINE_KEY: '' })).toMatch(/set SLOTLINE_KEY/);
    const wrong = `slk_0123456789abcdef_${'s'.repeat(43)}`;
    const said = await saidBy(LIST, { SLOTLINE_KEY: wrong });
    expect(said).toMatch(/misspelt, revoked, expired/);
    expect(said).not.toContain('sss');
    const org = await makeKey(system, { orgId: 'acme', scopes: ['read', 'write', 'webhooks'] });
    expect(await saidBy(LIST, { SLOTLINE_KEY: org })).toMatch(/operator’s key with the scope admin/);
  });

  test('the service refuses a request, with every invalid field', async () => {
    expect(await saidBy(['orgs', 'pause', 'x'.repeat(129)])).toMatch(
      /Some fields are invalid.*\n {2}\/orgId: /,
    );
  });

  test('the URL is invalid', async () => {
    await expect(slotline(LIST, { SLOTLINE_ADMIN_URL: 'localhost:3001' })).rejects.toThrow(
      /SLOTLINE_ADMIN_URL: must be an http or https URL/,
    );
  });
});
