// `slotline quarantine`: what could not be decided, and trying it again.

import type { QuarantinedResource, RequestResource } from '@slotline/contract';
import { printable } from '@slotline/runtime';
import { Command } from 'commander';
import { parseCount } from '../import/import-options.ts';
import { CliError } from '../cli-error.ts';
import {
  ADMIN_HELP,
  adminCommand,
  configOf,
  show,
  type AdminOptions,
  type AdminTerminal,
} from './admin-command.ts';
import { askAdmin } from './ask-admin.ts';
import { cut, formatTable } from './format-table.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 1_000;
/** How long a retry is waited for. What takes longer goes on by itself. */
const WAIT_SECONDS = 10;
const REASON_LENGTH_MAX = 80;

const HELP = `
A request that could not be decided is set aside, so that the requests behind it go on; its client was told that it
failed. Find the cause (the reason is what the worker saw, its log says more), remove it, then retry: that makes a new
request at the end of the org's line. Retrying the same one twice is one retry. What can no longer be read cannot be
retried.
${ADMIN_HELP}
Examples:
  slotline quarantine list
  slotline quarantine list --org acme --json --payload
  slotline quarantine retry 0199d4b0-0000-7000-8000-000000000000
`;

export function quarantineCommand(terminal: AdminTerminal): Command {
  return new Command('quarantine')
    .summary('see what could not be decided, and try it again')
    .description('Lists the requests that could not be decided, and tries one again.')
    .addHelpText('after', HELP)
    .addCommand(listCommand(terminal))
    .addCommand(retryCommand(terminal));
}

interface ListOptions extends AdminOptions {
  readonly org?: string;
  readonly limit: number;
  readonly payload?: true;
}

function listCommand(terminal: AdminTerminal): Command {
  return adminCommand('list')
    .description('Lists what was set aside, newest first.')
    .option('--org <org>', 'only of this org')
    .option('--limit <n>', `at most so many, up to ${LIMIT_MAX}`, parseCount(LIMIT_MAX), LIMIT_DEFAULT)
    .option('--payload', 'with --json: what the entries held, too, which is the clients’ data')
    .action(async (options: ListOptions) => {
      const { org, limit, payload, json } = options;
      const query = new URLSearchParams({ limit: String(limit) });
      if (org !== undefined) query.set('orgId', org);
      if (payload === true && json === true) query.set('payload', 'true');
      const { body, hasMore } = await askAdmin<QuarantinedResource[]>(configOf(terminal, options), {
        method: 'GET',
        path: `/api/admin/quarantine?${query.toString()}`,
      });
      show(terminal, body, options, formatQuarantine);
      if (hasMore)
        terminal.stderr.write('There are older ones: --limit shows more, --org those of one org.\n');
    });
}

function formatQuarantine(requests: readonly QuarantinedResource[]): string {
  if (requests.length === 0) return 'Nothing is set aside.';
  return formatTable(
    ['REQUEST', 'ORG', 'SINCE', 'WHAT', 'RETRY', 'REASON'],
    requests.map((one) => [
      one.requestId,
      cut(one.orgId, 32),
      one.quarantinedAt,
      `${one.operation}${one.appointmentId === undefined ? '' : ` ${cut(one.appointmentId, 32)}`}`,
      one.retriedAs === undefined ? (one.isRetryable ? 'possible' : 'impossible') : 'done',
      cut(one.reason ?? '-', REASON_LENGTH_MAX),
    ]),
  );
}

function retryCommand(terminal: AdminTerminal): Command {
  return adminCommand('retry')
    .description(`Tries one again and waits up to ${WAIT_SECONDS} s for what becomes of it.`)
    .argument('<requestId>', 'as the list shows it')
    .action(async (requestId: string, options: AdminOptions) => {
      const config = configOf(terminal, options);
      const path = `/api/admin/quarantine/${encodeURIComponent(requestId)}/retry`;
      const accepted = await askAdmin<RequestResource>(config, { method: 'POST', path });
      const { body } = await askAdmin<RequestResource>(config, {
        method: 'GET',
        path: `${accepted.location ?? ''}?wait=${WAIT_SECONDS}`,
      });
      show(terminal, body, options, describeRetry);
      if (body.status === 'failed')
        throw new CliError(
          `It could not be decided again: see ${printable(body.requestId)} in the list for the reason.`,
        );
    });
}

function describeRetry({ requestId, status, outcome, place }: RequestResource): string {
  const said = status === 'queued' ? `queued, ${place} in line` : (outcome?.kind ?? status);
  return `Retried as ${printable(requestId)}: ${printable(said)}.`;
}
