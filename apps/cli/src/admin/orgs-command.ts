// `slotline orgs`: lists the orgs with waiting requests; pauses, resumes and weights orgs.

import { ORG_WEIGHT_MAX, type OrgResource } from '@slotline/contract';
import { printable } from '@slotline/runtime';
import { Command, InvalidArgumentError } from 'commander';
import {
  ADMIN_HELP,
  adminCommand,
  configOf,
  show,
  type AdminOptions,
  type AdminTerminal,
} from './admin-command.ts';
import { askAdmin } from './ask-admin.ts';
import { formatAge, formatTable } from './format-table.ts';

const HELP = `
A paused org accepts requests until its mailbox is full. None of them is decided until it is resumed; then they are
decided in order. An org with weight 5 gets five times the share of the workers of an org with weight 1; weights
matter only while the workers are overloaded.
${ADMIN_HELP}
Examples:
  slotline orgs list
  slotline orgs pause acme
  slotline orgs resume acme
  slotline orgs set-weight acme 5
`;

export function orgsCommand(terminal: AdminTerminal): Command {
  return new Command('orgs')
    .summary('list waiting orgs; pause, resume or weight an org')
    .description('Lists the orgs that have waiting requests; pauses or resumes an org, or sets its weight.')
    .addHelpText('after', HELP)
    .addCommand(listCommand(terminal))
    .addCommand(
      changeCommand(
        terminal,
        'pause',
        'accept requests without deciding them, until it is resumed',
        describePause,
      ),
    )
    .addCommand(changeCommand(terminal, 'resume', 'decide its requests again, in order', describeResume))
    .addCommand(weightCommand(terminal));
}

function listCommand(terminal: AdminTerminal): Command {
  return adminCommand('list')
    .description(
      'Lists the orgs with waiting requests, longest wait first, and those that are paused or have a weight.',
    )
    .option('--org <org>', 'only this one')
    .action(async (options: AdminOptions & { org?: string }) => {
      const { org } = options;
      const query = org === undefined ? 'limit=1000' : `orgId=${encodeURIComponent(org)}`;
      const { body } = await askAdmin<OrgResource[]>(configOf(terminal, options), {
        method: 'GET',
        path: `/api/admin/orgs?${query}`,
      });
      show(terminal, body, options, formatOrgs);
    });
}

function formatOrgs(orgs: readonly OrgResource[]): string {
  if (orgs.length === 0) return 'No org has waiting requests, is paused or has a weight.';
  return formatTable(
    ['ORG', 'WAITING', 'OLDEST', 'PAUSED', 'WEIGHT', 'PER SECOND'],
    orgs.map(({ orgId, waiting, oldestAgeMs, isPaused, weight, drainPerSecond }) => [
      orgId,
      String(waiting),
      waiting === 0 ? '-' : formatAge(oldestAgeMs),
      isPaused ? 'yes' : 'no',
      String(weight),
      drainPerSecond === undefined ? '-' : String(drainPerSecond),
    ]),
  );
}

function changeCommand(
  terminal: AdminTerminal,
  change: 'pause' | 'resume',
  summary: string,
  describe: (org: OrgResource) => string,
): Command {
  return adminCommand(change)
    .description(`One org: ${summary}. Repeating it is harmless.`)
    .argument('<org>')
    .action(async (org: string, options: AdminOptions) => {
      const path = `/api/admin/orgs/${encodeURIComponent(org)}/${change}`;
      const { body } = await askAdmin<OrgResource>(configOf(terminal, options), { method: 'POST', path });
      show(terminal, body, options, describe);
    });
}

function describePause({ orgId, waiting }: OrgResource): string {
  return `${printable(orgId)} is paused, with ${count(waiting)} waiting. It accepts more until its mailbox is full.`;
}

function describeResume({ orgId, waiting }: OrgResource): string {
  return `${printable(orgId)} is resumed, with ${count(waiting)} waiting.`;
}

function count(waiting: number): string {
  return waiting === 1 ? '1 request' : `${waiting} requests`;
}

function weightCommand(terminal: AdminTerminal): Command {
  return adminCommand('set-weight')
    .description(
      'Sets the share of the workers that one org gets compared with the others. The default is 1.',
    )
    .argument('<org>')
    .argument('<weight>', `a whole number from 1 to ${ORG_WEIGHT_MAX}`, parseWeight)
    .action(async (org: string, weight: number, options: AdminOptions) => {
      const path = `/api/admin/orgs/${encodeURIComponent(org)}/weight`;
      const question = { method: 'PUT', path, body: { weight } } as const;
      const { body } = await askAdmin<OrgResource>(configOf(terminal, options), question);
      show(terminal, body, options, (now) => `${printable(now.orgId)} has weight ${now.weight}.`);
    });
}

function parseWeight(text: string): number {
  const weight = Number(text);
  if (/^\d+$/.test(text) && weight >= 1 && weight <= ORG_WEIGHT_MAX) return weight;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${ORG_WEIGHT_MAX}.`);
}
