// PostgreSQL's binary format of a one-dimensional array, which avoids formatting text here and parsing it in the
// server. Milliseconds are converted to microseconds exactly, up to the year 9999.
//
// No function here throws, for any input: in a pipeline the statements after the one that could not be bound,
// COMMIT included, would run without it (P6).

/** The column types that this package sends as arrays. Instants are milliseconds since 1970. */
export type ElementType = 'int' | 'bigint' | 'timestamptz' | 'uuid' | 'text' | 'json';

export type Element = string | number | null;

interface Codec {
  readonly oid: number;
  readonly bytesMax: (value: string | number) => number;
  /** Writes the element and returns the offset of its end. */
  readonly write: (buffer: Buffer, at: number, value: string | number) => number;
}

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const TWO_TO_32 = 2 ** 32;
/** PostgreSQL's epoch is 2000-01-01. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
/** Up to this length a loop in JavaScript is faster than the native call that encodes text. */
const LOOPED_LENGTH_MAX = 48;

/** Encodes the values as an array of that type; the statement's cast must name the same type. */
export function toBinaryArray(type: ElementType, values: readonly Element[]): Buffer {
  const { oid, bytesMax, write } = CODECS[type];
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += LENGTH_BYTES + (value === null ? 0 : bytesMax(value));
  const buffer = Buffer.allocUnsafe(bytes);
  let at = writeHeader(buffer, oid, values);
  for (const value of values) {
    const from = at + LENGTH_BYTES;
    const end = value === null ? from : write(buffer, from, value);
    writeInt32(buffer, at, value === null ? -1 : end - from);
    at = end;
  }
  return buffer.subarray(0, at);
}

// Number of dimensions, null flag, element type, then length and lower bound of the only dimension.
function writeHeader(buffer: Buffer, oid: number, values: readonly Element[]): number {
  writeInt32(buffer, 0, values.length === 0 ? 0 : 1);
  writeInt32(buffer, 4, values.includes(null) ? 1 : 0);
  writeInt32(buffer, 8, oid);
  if (values.length === 0) return 12;
  writeInt32(buffer, 12, values.length);
  writeInt32(buffer, 16, 1);
  return HEADER_BYTES;
}

function writeInt32(buffer: Buffer, at: number, value: number): number {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
  return at + 4;
}

// Doubles are exact up to 2^53, so both halves are exact.
function writeInt64(buffer: Buffer, at: number, value: number): number {
  return writeInt32(buffer, writeInt32(buffer, at, Math.floor(value / TWO_TO_32)), value >>> 0);
}

// 1,000 times the milliseconds is not exact in a double, so each half is multiplied separately.
function writeInstant(buffer: Buffer, at: number, ms: number): number {
  const high = Math.floor((ms - EPOCH_MS) / TWO_TO_32);
  const low = (ms - EPOCH_MS - high * TWO_TO_32) * 1_000;
  return writeInt32(buffer, writeInt32(buffer, at, high * 1_000 + Math.floor(low / TWO_TO_32)), low >>> 0);
}

function writeText(buffer: Buffer, at: number, text: string): number {
  if (text.length > LOOPED_LENGTH_MAX) return at + buffer.write(text, at);
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    if (code > 0x7f) return at + buffer.write(text, at);
    buffer[at + n] = code;
  }
  return at + text.length;
}

// Ids that are not canonical UUIDs are refused before; here such a text yields some other UUID.
function writeUuid(buffer: Buffer, at: number, text: string): number {
  const end = at + 16;
  let next = at;
  for (let n = 0; n + 1 < text.length && next < end; n += 2) {
    if (text.charCodeAt(n) === DASH) n++;
    buffer[next++] = (nibble(text.charCodeAt(n)) << 4) | nibble(text.charCodeAt(n + 1));
  }
  buffer.fill(0, next, end);
  return end;
}

const DASH = 0x2d;

/** Value of a character in `0`–`9` or `a`–`f`. */
function nibble(code: number): number {
  return code < 0x3a ? code & 0xf : (code & 0xf) + 9;
}

const TEXT = {
  bytesMax: (value: string | number) => String(value).length * 3,
  write: (buffer: Buffer, at: number, value: string | number) => writeText(buffer, at, String(value)),
};

const CODECS: Readonly<Record<ElementType, Codec>> = {
  int: { oid: 23, bytesMax: () => 4, write: (buffer, at, value) => writeInt32(buffer, at, Number(value)) },
  bigint: { oid: 20, bytesMax: () => 8, write: (buffer, at, value) => writeInt64(buffer, at, Number(value)) },
  timestamptz: {
    oid: 1184,
    bytesMax: () => 8,
    write: (buffer, at, value) => writeInstant(buffer, at, Number(value)),
  },
  uuid: { oid: 2950, bytesMax: () => 16, write: (buffer, at, value) => writeUuid(buffer, at, String(value)) },
  text: { oid: 25, ...TEXT },
  json: { oid: 114, ...TEXT },
};
