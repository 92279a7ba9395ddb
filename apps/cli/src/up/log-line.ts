/**
 * Formats a child's output for the terminal: a JSON log line becomes time, app, level, message and the other
 * fields; anything else, such as a stack trace, is shown as text. All lines are shown; the child's log level
 * filters. Clients control parts of the output, so everything is escaped to printable text.
 */
import { styleText } from 'node:util';
import { printable } from '@slotline/runtime';

type Style = Parameters<typeof styleText>[0];

interface Level {
  name: string;
  style: Style;
}

const LEVELS: Readonly<Record<number, Level>> = {
  10: { name: 'trace', style: 'gray' },
  20: { name: 'debug', style: 'gray' },
  30: { name: 'info', style: 'green' },
  40: { name: 'warn', style: 'yellow' },
  50: { name: 'error', style: 'red' },
  60: { name: 'fatal', style: 'red' },
};

/** Fields that have a fixed place in the line or are not shown. */
const PLACED = new Set(['level', 'time', 'msg', 'app', 'pid', 'hostname', 'err']);
const NAME_WIDTH = 9;

export type Paint = (style: Style, text: string) => string;

/** Colours text for a terminal, or returns it unchanged. */
export function makePaint(isColoured: boolean): Paint {
  return isColoured
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_style, text) => text;
}

function parseRecord(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function plain(value: unknown): string {
  return printable(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}

/** An error's message with those of its causes; the stack stays in the log for programs. */
function describe(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return '';
  const cause = 'cause' in error ? describe(error.cause) : '';
  return `: ${plain(error.message)}${cause}`;
}

/** One readable line, without its newline. */
export function formatLogLine(name: string, text: string, paint: Paint): string {
  const label = paint('cyan', name.padEnd(NAME_WIDTH));
  const record = parseRecord(text);
  if (record === undefined) return `${label} ${printable(text)}`;
  const level = LEVELS[Number(record['level'])] ?? { name: plain(record['level'] ?? 'log'), style: 'gray' };
  const time = new Date(Number(record['time'] ?? Date.now())).toTimeString().slice(0, 8);
  const rest = Object.entries(record).flatMap(([key, value]) =>
    PLACED.has(key) ? [] : `${printable(key)}=${plain(value)}`,
  );
  const message = `${plain(record['msg'] ?? '')}${describe(record['err'])}`;
  const parts = [paint('gray', time), label, paint(level.style, level.name.padEnd(5)), message];
  return [...parts, ...(rest.length > 0 ? [paint('gray', rest.join(' '))] : [])].join(' ');
}
