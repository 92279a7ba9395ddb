// `slotline quarantine`: lists the requests that could not be decided, and retries them.

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
/** How long the command waits for a retry. A slower retry continues without it. */
const WAIT_SECONDS = 10;
const REASON_LENGTH_MAX = 80;

const HELP = `
A request that could not be decided is set aside, so that it does not block the requests behind it; its client was
informed that it failed. Find the cause (REASON is the error that the worker saw, its log has more), remove it, then
retry: a retry is a new request at the end of the org's queue. A second retry of the same request has no effect.
An entry that is unreadable cannot be retried.
${ADMIN_HELP}
Examples:
  slotline quarantine list
  slotline quarantine list --org acme --json --payload
  slotline quarantine retry 0199d4b0-0000-7000-8000-000000000000
`;

export function quarantineCommand(terminal: AdminTerminal): Command {
  return new Command('quarantine')
    .summary('list requests that could not be decided, and retry them')
    .description('Lists the requests that could not be decided, and retries one.')
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
    .description('Lists the requests that were set aside, newest first.')
    .option('--org <org>', 'only requests of this org')
    .option('--limit <n>', `at most this many, up to ${LIMIT_MAX}`, parseCount(LIMIT_MAX), LIMIT_DEFAULT)
    .option('--payload', 'with --json: include the content of the entries, which is client data')
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
        terminal.stderr.write(
          'There are older ones. Use --limit to show more, or --org to show those of one org.\n',
        );
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
    .description(`Retries one request and waits up to ${WAIT_SECONDS} s for its outcome.`)
    .argument('<requestId>', 'the id shown in the list')
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
