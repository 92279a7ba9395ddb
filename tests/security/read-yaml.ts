// Reads the YAML that our compose file is written in: maps, lists of scalars, quotes, anchors, aliases and merges. Throws
// on anything else, so that a test never judges what it did not read.

export type Yaml = string | null | readonly string[] | { readonly [key: string]: Yaml };

interface Line {
  readonly indent: number;
  readonly text: string;
  readonly number: number;
}

export function readYaml(source: string): Yaml {
  const lines = source.split('\n').flatMap((text, at) => lineOf(text, at + 1));
  const reader = { lines, at: 0, anchors: new Map<string, Yaml>() };
  const value = readBlock(reader, 0);
  const rest = lines[reader.at];
  if (rest !== undefined) throw unreadable(rest);
  return value;
}

interface Reader {
  readonly lines: readonly Line[];
  at: number;
  readonly anchors: Map<string, Yaml>;
}

function lineOf(text: string, number: number): Line[] {
  const bare = text.replace(/(?:^|\s)#.*$/, '').trimEnd();
  return bare.trim() === '' ? [] : [{ indent: bare.search(/\S/), text: bare.trim(), number }];
}

function readBlock(reader: Reader, indent: number): Yaml {
  return reader.lines[reader.at]?.text.startsWith('- ') ? readList(reader, indent) : readMap(reader, indent);
}

function readList(reader: Reader, indent: number): string[] {
  const items: string[] = [];
  for (;;) {
    const line = reader.lines[reader.at];
    if (line === undefined || line.indent < indent || !line.text.startsWith('- ')) return items;
    const item = line.text.slice(2).trim();
    // A map or a list inside a list is nothing that our files have.
    if (line.indent > indent || /^[-[{&*!|>]( |$)|^[\w-]+:( |$)/.test(item)) throw unreadable(line);
    items.push(unquoted(item));
    reader.at += 1;
  }
}

function readMap(reader: Reader, indent: number): Yaml {
  const merged: Record<string, Yaml> = {};
  const own: Record<string, Yaml> = {};
  for (;;) {
    const line = reader.lines[reader.at];
    if (line === undefined || line.indent < indent) return { ...merged, ...own };
    const [, key, rest = ''] = /^([\w<.-]+):(?:\s+(.*))?$/.exec(line.text) ?? [];
    if (key === undefined || line.indent > indent) throw unreadable(line);
    reader.at += 1;
    const value = readValue(reader, line, rest);
    if (key === '<<') Object.assign(merged, value);
    else own[key] = value;
  }
}

function readValue(reader: Reader, line: Line, text: string): Yaml {
  const [, anchor, rest = ''] = /^&([\w-]+)\s*(.*)$/.exec(text) ?? [undefined, undefined, text];
  const value = readBare(reader, line, rest);
  if (anchor !== undefined) reader.anchors.set(anchor, value);
  return value;
}

function readBare(reader: Reader, line: Line, text: string): Yaml {
  if (text.startsWith('*')) {
    const value = reader.anchors.get(text.slice(1));
    if (value === undefined) throw unreadable(line);
    return value;
  }
  if (text.startsWith('[') && text.endsWith(']')) {
    return [...text.slice(1, -1).matchAll(/'[^']*'|"[^"]*"|[^,\s][^,]*/g)].map(([item]) =>
      unquoted(item.trim()),
    );
  }
  if (/^[[{!|>]/.test(text)) throw unreadable(line);
  if (text !== '') return unquoted(text);
  const next = reader.lines[reader.at];
  return next !== undefined && next.indent > line.indent ? readBlock(reader, next.indent) : null;
}

function unquoted(text: string): string {
  return /^(?:'[^']*'|"[^"]*")$/.test(text) ? text.slice(1, -1) : text;
}

function unreadable({ number, text }: Line): Error {
  return new Error(`line ${number} is no YAML that is read here: ${text}`);
}
