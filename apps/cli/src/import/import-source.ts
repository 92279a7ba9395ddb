// The input of an import: a file, plain or gzip (detected by its first bytes), or standard input. It is read
// twice (survey, then send), so standard input is first written to a private temporary file.

import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { UnusableFileError } from './unusable-file-error.ts';

export const STDIN_NAME = '-';
const CHUNK_BYTES = 64 * 1024;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

export class ImportSource {
  readonly name: string;
  readonly #file: FileHandle;
  readonly #isGzip: boolean;
  readonly #remove: () => Promise<void>;

  private constructor(name: string, file: FileHandle, isGzip: boolean, remove: () => Promise<void>) {
    this.name = name;
    this.#file = file;
    this.#isGzip = isGzip;
    this.#remove = remove;
  }

  /** Throws `UnusableFileError` when there is no such file or it cannot be read. */
  static async open(name: string, stdin: Readable): Promise<ImportSource> {
    const spool = name === STDIN_NAME ? await spoolToDisk(stdin) : undefined;
    const remove = async (): Promise<void> => {
      if (spool !== undefined) await rm(spool.directory, { recursive: true, force: true });
    };
    try {
      const file = await open(spool?.path ?? name, 'r');
      return new ImportSource(name, file, await startsLikeGzip(file), remove);
    } catch (error) {
      await remove();
      throw new UnusableFileError(`cannot read ${name}: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * Each call reads the unpacked content from the start. Throws `UnusableFileError` when it cannot be
   * unpacked.
   */
  async *read(): AsyncGenerator<Buffer> {
    try {
      yield* this.#isGzip ? unpack(this.#readRaw()) : this.#readRaw();
    } catch (error) {
      throw new UnusableFileError(`cannot read ${this.name}: ${(error as Error).message}`, { cause: error });
    }
  }

  // Reads by position, because a file stream would close the file, which is read twice.
  async *#readRaw(): AsyncGenerator<Buffer> {
    for (let position = 0; ;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await this.#file.read(chunk, 0, CHUNK_BYTES, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  }

  /** Equal marks mean that the file was not written in between. */
  async changeMark(): Promise<string> {
    const { size, mtimeMs } = await this.#file.stat();
    return `${size} ${mtimeMs}`;
  }

  async close(): Promise<void> {
    await this.#file.close();
    await this.#remove();
  }
}

async function* unpack(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // An error on either side destroys both streams and is thrown by the loop below.
  pipeline(Readable.from(packed), gunzip).catch(() => undefined);
  for await (const chunk of gunzip) yield chunk as Buffer;
}

async function spoolToDisk(stdin: Readable): Promise<{ directory: string; path: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'slotline-import-'));
  const path = join(directory, 'stdin');
  await pipeline(stdin, createWriteStream(path, { mode: 0o600 }));
  return { directory, path };
}

async function startsLikeGzip(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(GZIP_MAGIC.length), 0, GZIP_MAGIC.length, 0);
  return bytesRead === GZIP_MAGIC.length && buffer.equals(GZIP_MAGIC);
}
