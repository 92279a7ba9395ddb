// What a decision in docs/decisions looks like: dated, with a status, in three parts, and about one page long.

import path from 'node:path';
import type { Repository } from './repository.ts';
import type { Rule } from './rule.ts';

export const DECISION_LINES_MAX = 70;
export const DECISION_LINE_CHARS_MAX = 140;

const DECISION = /^docs\/decisions\/\d{4}-[^/]+\.md$/;
const HEAD = /^# (\d{4}) [^\n]+\n\nDate: \d{4}-\d{2}-\d{2}\n\nStatus: ((?:[^\n]+\n)+)\n/;
const CHANGED =
  /^(?:superseded|amended) by \[\d{4}\]\(\d{4}-[\w-]+\.md\)(?:,\s\[\d{4}\]\(\d{4}-[\w-]+\.md\))*$/;
const PARTS = ['## Context', '## Decision', '## Consequences'];

interface Decision {
  readonly file: string;
  readonly text: string;
}

function decisionsOf(repository: Repository): Decision[] {
  return [...repository].flatMap(([file, text]) => (DECISION.test(file) ? [{ file, text }] : []));
}

export const decisionsHaveStatus: Rule = {
  name: 'a decision begins with its number, its date and its status, and only a later one changes it',
  because: 'a reader has to see first whether it is still what the code does',
  findBreaches: (repository) =>
    decisionsOf(repository)
      .filter((decision) => !hasHead(decision))
      .map(
        ({ file }) =>
          `${file}:1: expected "# NNNN Title", "Date: YYYY-MM-DD" and "Status: accepted" or "Status: amended by [NNNN](NNNN-name.md)" or "superseded by", with empty lines between`,
      ),
};

function hasHead({ file, text }: Decision): boolean {
  const [, number = '', status = ''] = HEAD.exec(text) ?? [];
  if (number === '' || !path.posix.basename(file).startsWith(`${number}-`)) return false;
  if (status.trim() === 'accepted') return true;
  const changedBy = [...status.matchAll(/\[(\d{4})\]\((\d{4})-/g)];
  return (
    CHANGED.test(status.trim()) && changedBy.every(([, said, named = '']) => said === named && named > number)
  );
}

export const decisionsHaveParts: Rule = {
  name: 'a decision has the parts Context, Decision and Consequences',
  because: 'a choice without its reason and its price cannot be judged again',
  findBreaches: (repository) =>
    decisionsOf(repository)
      .filter(
        ({ text }) =>
          text
            .split('\n')
            .filter((line) => line.startsWith('## '))
            .join() !== PARTS.join(),
      )
      .map(({ file }) => `${file}: expected ${PARTS.join(', ')} and no other part`),
};

export const decisionsAreShort: Rule = {
  name: `a decision has at most ${DECISION_LINES_MAX} lines of at most ${DECISION_LINE_CHARS_MAX} characters`,
  because: 'it is read before the code is changed; long tables and notes belong in bench/results',
  findBreaches: (repository) =>
    decisionsOf(repository).flatMap(({ file, text }) => {
      const lines = text.trimEnd().split('\n');
      const long = lines.findIndex((line) => line.length > DECISION_LINE_CHARS_MAX);
      if (lines.length > DECISION_LINES_MAX) return [`${file}: ${lines.length} lines`];
      return long === -1 ? [] : [`${file}:${long + 1}: ${lines[long]?.length} characters`];
    }),
};
