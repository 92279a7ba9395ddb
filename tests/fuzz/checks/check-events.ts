// Whether a stream is made as WHATWG HTML 9.2 wants it, as far as it was read: lines that are known, events that end
// in an empty line, data that is JSON.

import type { Breach } from './check-answer.ts';

const LINE = /^(?::.*|(?:event|id|data|retry): .*)?$/s;

export function checkEvents(text: string): Breach[] {
  // An event that was cut off with the stream is not an error.
  const whole = text.slice(0, text.lastIndexOf('\n\n') + 2);
  return whole
    .split('\n')
    .filter((line) => !LINE.test(line) || (line.startsWith('data: ') && !isJson(line.slice(6))))
    .map((line) => ({ check: 'streams are made of events', detail: line.slice(0, 200) }));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
