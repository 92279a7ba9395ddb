// A real PostgreSQL and a real Redis that speak TLS with certificates made for the test: one authority that signs
// both, and another that signed nothing.

import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findFreePort } from '@slotline/embedded';
import { makeTestFolder, startPostgres, startRedis, type RunningServer } from '@slotline/testkit';
import { Client } from 'pg';
import { generate } from 'selfsigned';

export interface TlsServers {
  readonly postgres: RunningServer;
  readonly redis: RunningServer;
  /** Of the TLS port; the server has a plain one beside it. */
  readonly redisTlsPort: number;
  readonly caFile: string;
  readonly otherCaFile: string;
  stop(): Promise<void>;
}

/** The servers prove to be `localhost` and nothing else, so `127.0.0.1` is the wrong host. */
export async function startTlsServers(): Promise<TlsServers> {
  const dir = makeTestFolder('tls');
  const [ca, otherCa] = await Promise.all([makeAuthority('first'), makeAuthority('second')]);
  const own = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...EC,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const certificate = { cert: own.cert, key: own.private };
  const caFile = writeTo(dir, 'ca.pem', ca.cert);
  const redisTlsPort = await findFreePort();
  const [postgres, redis] = await Promise.all([
    startTlsPostgres(certificate),
    startRedis({
      settings: {
        'tls-port': String(redisTlsPort),
        'tls-cert-file': writeTo(dir, 'redis.pem', certificate.cert),
        'tls-key-file': writeTo(dir, 'redis.key', certificate.key),
        'tls-ca-cert-file': caFile,
        'tls-auth-clients': 'no',
      },
    }),
  ]);
  return {
    postgres,
    redis,
    redisTlsPort,
    caFile,
    otherCaFile: writeTo(dir, 'other-ca.pem', otherCa.cert),
    stop: async () => void (await Promise.all([postgres.stop(), redis.stop()])),
  };
}

const EC = { keyType: 'ec', algorithm: 'sha256' } as const;

function makeAuthority(name: string) {
  return generate([{ name: 'commonName', value: `the ${name} authority` }], {
    ...EC,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true },
    ],
  });
}

function writeTo(dir: string, name: string, text: string): string {
  const file = path.join(dir, name);
  writeFileSync(file, text);
  return file;
}

// PostgreSQL accepts a key file only if its user owns the file, so both files go into its data folder.
async function startTlsPostgres({ cert, key }: { cert: string; key: string }): Promise<RunningServer> {
  const server = await startPostgres();
  const { uid, gid } = statSync(server.dataDir);
  for (const [name, text] of Object.entries({ 'server.crt': cert, 'server.key': key })) {
    const file = writeTo(server.dataDir, name, text);
    chownSync(file, uid, gid);
    chmodSync(file, 0o600);
  }
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query('alter system set ssl = on');
  await client.query('select pg_reload_conf()');
  await client.end();
  return server;
}
