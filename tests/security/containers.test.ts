// Checks the privileges of the containers in the compose file and the Dockerfile, without Docker. The Redis rights of
// the apps are tested on a real Redis.

import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { makeTestFolder, startPostgres, startRedis, startSystem } from '@slotline/testkit';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import request from 'supertest';
import { PROJECT } from '../chaos/app-process.ts';
import { BOOKING } from '../system/a-booking.ts';
import { readYaml, type Yaml } from './read-yaml.ts';

const read = (file: string) => readFileSync(path.join(PROJECT, file), 'utf8');

type Service = Readonly<Record<string, Yaml>>;
const compose = readYaml(read('docker-compose.yml')) as {
  services: Record<string, Service>;
  networks: Record<string, Yaml>;
  volumes: Record<string, Yaml>;
};
const services = Object.entries(compose.services);
const serviceOf = (name: string) => compose.services[name] ?? {};
/** What compose says when the variable before it is unset. */
const MISSING = ':?is unset; make .env with sh deploy/make-env.sh}';
const SECRET = 'a'.repeat(48);
const withSecrets = (value: string) => value.replaceAll(/\$\{\w+:\?[^}]*\}/g, SECRET);
const variablesOf = (name: string) =>
  Object.entries(serviceOf(name)['environment'] as Readonly<Record<string, string>>);
const listOf = (value: Yaml | undefined) => (Array.isArray(value) ? (value as string[]) : []);

describe('a service of the compose file', () => {
  it('is one of five, so that a new service needs a change of this test', () => {
    expect(services.map(([name]) => name)).toEqual(['postgres', 'redis', 'migrate', 'api', 'worker']);
  });

  it.each(services)(
    '%s has a read-only root, named volumes only, and cannot gain privileges',
    (_name, service) => {
      expect(service).toMatchObject({
        read_only: 'true',
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      for (const key of [
        'privileged',
        'cap_add',
        'devices',
        'pid',
        'ipc',
        'network_mode',
        'userns_mode',
        'env_file',
      ]) {
        expect(service).not.toHaveProperty(key);
      }
      // Only named volumes: no path of the host is mounted, in particular not the Docker socket.
      for (const volume of listOf(service['volumes'])) {
        expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
      }
    },
  );

  it.each(services)('%s is bounded in memory and processes', (_name, service) => {
    expect(service['mem_limit']).toMatch(/^(?:\d+[mg]|\$\{\w+:-\d+[mg]\})$/);
    expect(Number(service['pids_limit'])).toBeGreaterThan(0);
    expect(Number(service['pids_limit'])).toBeLessThanOrEqual(256);
  });

  it.each(['postgres', 'redis'])(
    '%s does not run as root, has a fixed version, and is reachable by the apps only',
    (name) => {
      const { image, user, networks, ports, healthcheck } = serviceOf(name);
      expect(user).toBe(name);
      expect(image).toMatch(/^\w+:\d+\.\d+(?:\.\d+)?-\w+$/);
      expect([networks, ports]).toEqual([['data'], undefined]);
      expect(healthcheck).toMatchObject({ test: expect.anything(), interval: '2s', timeout: '3s' });
    },
  );

  it('publishes no port but the public port of the API, on loopback', () => {
    const published = services.flatMap(([name, { ports }]) => listOf(ports).map((port) => `${name} ${port}`));
    expect(published).toEqual(['api 127.0.0.1:${PORT:-3000}:3000']);
    expect(compose.networks['data']).toEqual({ internal: 'true' });
  });

  it('that serves clients requires keys by default', () => {
    expect((serviceOf('api')['environment'] as Service)['AUTH']).toBe('${AUTH:-keys}');
  });

  it('has no password in the file and no default: compose stops and says how to create one', () => {
    const values = services.flatMap(([, { environment }]) => Object.entries((environment ?? {}) as Service));
    const secret = values.filter(([name]) => /PASSWORD|REDISCLI_AUTH|^DATABASE|^REDIS_URL$/.test(name));
    expect(secret.length).toBeGreaterThan(8);
    for (const [name, value] of secret) {
      expect([name, value]).toEqual([name, expect.stringContaining(`PASSWORD${MISSING}`)]);
    }
    const other = values.filter(([name]) => /SECRET|AUTH$|_URL$/.test(name) && name !== 'REDISCLI_AUTH');
    for (const [name, value] of other) {
      expect([name, value]).toEqual([
        name,
        expect.stringMatching(/:\?is unset|^\$\{\w+:-(?:keys)?\}$|^http:\/\/api:3001$/),
      ]);
    }
  });

  it('has no password among its arguments, which every user of the machine can read', () => {
    for (const [, { command, healthcheck }] of services) {
      const words = [...listOf(command), ...listOf((healthcheck as Service | undefined)?.['test'])];
      expect(words.join(' ')).not.toMatch(/\$\{\w*PASSWORD/);
    }
  });

  it('connects to PostgreSQL as a role that does not own the tables, unless it is migrate', () => {
    const usersOf = (name: string) =>
      variablesOf(name).flatMap(([variable, value]) =>
        variable.startsWith('DATABASE') ? [`${variable} ${new URL(withSecrets(value)).username}`] : [],
      );
    expect(usersOf('api')).toEqual(['DATABASE_URL slotline_app']);
    expect(usersOf('worker')).toEqual(['DATABASE_URL slotline_app']);
    expect(usersOf('migrate')).toEqual(['DATABASE_URL slotline_app', 'DATABASE_OWNER_URL slotline']);
    expect(serviceOf('postgres')['environment']).toMatchObject({
      POSTGRES_USER: 'slotline',
      POSTGRES_INITDB_ARGS: expect.stringMatching(/^--auth=scram-sha-256 /),
    });
  });
});

describe('the script that makes the passwords', () => {
  const run = (file: string) => spawnSync('sh', [path.join(PROJECT, 'deploy/make-env.sh'), file]);

  it('writes every secret of the compose file with 192 bits into a file only its owner can read, once', () => {
    const file = path.join(makeTestFolder('env'), '.env');
    expect(run(file).status).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    const made = [...text.matchAll(/^(\w+_PASSWORD)=([0-9a-f]{48})$/gm)];
    const wanted = [...read('docker-compose.yml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    expect(new Set(made.map(([, name]) => name))).toEqual(new Set(wanted));
    expect(new Set(made.map(([, , password]) => password)).size).toBe(made.length);
    expect(text).toMatch(/^WEBHOOK_SECRETS_KEY=[\w+/]{43}=$/m);
    expect(run(file)).toMatchObject({ status: 1, stderr: expect.anything() });
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(read('.gitignore').split('\n')).toContain('.env');
  });
});

describe('the PostgreSQL of the compose file', () => {
  it('is migrated by its owner, and the apps can use the schema but not change it', async () => {
    const server = await startPostgres();
    const owner = new Client({ connectionString: server.url });
    await owner.connect();
    // As the image makes them.
    await owner.query(`create role slotline superuser login password '${SECRET}'`);
    await owner.query('create database slotline owner slotline');
    await owner.end();
    const { DATABASE_URL = '', DATABASE_OWNER_URL = '' } = Object.fromEntries(
      variablesOf('migrate').map(([name, value]) => [
        name,
        withSecrets(value).replace('@postgres:5432/', `@127.0.0.1:${server.port}/`),
      ]),
    );
    const main = path.join(PROJECT, 'apps/cli/src/main.ts');
    const migrated = spawnSync(process.execPath, ['--conditions=source', main, 'migrate'], {
      env: { PATH: process.env['PATH'], DATABASE_URL, DATABASE_OWNER_URL },
      encoding: 'utf8',
    });
    expect(migrated).toMatchObject({ status: 0, stderr: '' });
    const app = new Client({ connectionString: DATABASE_URL });
    await app.connect();
    expect((await app.query('select count(*)::int as n from appointments')).rows).toEqual([{ n: 0 }]);
    await expect(app.query('drop table appointments')).rejects.toMatchObject({ code: '42501' });
    await app.end();
    await server.stop();
  });
});

describe('the Redis of the compose file', () => {
  const command = listOf(serviceOf('redis')['command']);
  const password = SECRET;
  /** The file that the command writes before it becomes the server. */
  const writeUsers = () => {
    const file = path.join(makeTestFolder('users'), 'users.acl');
    const script = (command[2] ?? '').replaceAll('$$', '$').replaceAll('/run/redis/users.acl', file);
    const { status } = spawnSync('sh', ['-c', script, 'sh', 'true'], { env: { REDISCLI_AUTH: password } });
    expect([status, statSync(file).mode & 0o777]).toEqual([0, 0o600]);
    return readFileSync(file, 'utf8').trim().split('\n');
  };
  const rules = writeUsers();
  const rightsOf = (name: string) =>
    (rules.find((line) => line.startsWith(`user ${name} `)) ?? '').split(' ').slice(2);

  it('is set up as the one that comes with the project, but for its memory', async () => {
    const settings = command.flatMap((word, at) =>
      word.startsWith('--') && !['--maxmemory', '--aclfile'].includes(word)
        ? [[word.slice(2), command[at + 1]]]
        : [],
    );
    const server = await startRedis();
    const owner = new Redis(server.url);
    try {
      expect(settings.length).toBeGreaterThan(5);
      for (const [name = '', value] of settings) {
        expect(await owner.config('GET', name)).toEqual([name, value]);
      }
    } finally {
      owner.disconnect();
      await server.stop();
    }
  });

  it('gives the apps what they need, and nothing that empties, stops or reconfigures it', async () => {
    const server = await startRedis();
    const owner = new Redis(server.url);
    await owner.call('ACL', 'SETUSER', 'slotline', ...rightsOf('slotline'));
    const redisUrl = `redis://slotline:${password}@127.0.0.1:${server.port}`;
    const system = await startSystem({ redisUrl, environment: { ORG_REQUESTS_PER_S: '1000' } });
    const app = new Redis(redisUrl, { enableReadyCheck: false });
    try {
      const answer = await request(system.url)
        .post('/api/appointments')
        .set('Prefer', 'wait=20')
        .send(BOOKING);
      const ready = await request(system.adminUrl).get('/readyz');
      expect([answer.status, ready.body.status, ready.body.durability.isDurable]).toEqual([
        201,
        'ready',
        true,
      ]);
      const forbidden = [
        'FLUSHALL',
        'FLUSHDB',
        'KEYS *',
        'CONFIG SET maxmemory 1',
        'SHUTDOWN',
        'MONITOR',
        'ACL LIST',
        'REPLICAOF NO ONE',
        'DEBUG SLEEP 0',
        'SAVE',
        'MIGRATE h 1 k 0 1',
        'MODULE LIST',
        'CLIENT LIST',
      ];
      for (const line of forbidden) {
        const [command = '', ...words] = line.split(' ');
        await expect(app.call(command, ...words)).rejects.toThrow(/NOPERM|not allowed/);
      }
    } finally {
      app.disconnect();
      await system.close();
      owner.disconnect();
      await server.stop();
    }
  });

  it('disables the default user', () => {
    expect(rightsOf('default')).toEqual(['off']);
    expect(rules).toHaveLength(2);
    expect(command.slice(3, 7)).toEqual(['sh', 'redis-server', '--aclfile', '/run/redis/users.acl']);
  });
});

describe('the images', () => {
  /** Instructions with their continuation lines joined, comments left out. */
  const instructions = read('deploy/Dockerfile')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages = new Map<string, string[]>();
  for (const line of instructions) {
    const [, from, name] = /^FROM (\S+) AS (\S+)$/.exec(line) ?? [];
    if (from !== undefined && name !== undefined) stages.set(name, [...(stages.get(from) ?? []), line]);
    else if (line.startsWith('FROM ')) throw new Error(`a stage without a name: ${line}`);
    else [...stages.values()].at(-1)?.push(line);
  }
  const built = ['api', 'worker', 'migrate'];

  it('are those that the compose file builds, from one fixed version of Node', () => {
    const targets = services.flatMap(([, { build }]) =>
      build === undefined ? [] : [(build as Service)['target']],
    );
    expect(new Set(targets)).toEqual(new Set(built));
    expect([...stages.keys()]).toEqual(['build', 'app', ...built]);
    expect(instructions).toContain('ARG NODE_IMAGE=node:24.21.0-bookworm-slim');
    expect(instructions.filter((line) => line.startsWith('ARG '))).toHaveLength(1);
  });

  it.each(built)(
    '%s runs as an ordinary user, one program without a shell, with production dependencies alone',
    (name) => {
      const stage = stages.get(name) ?? [];
      expect(stage.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
      expect(stage.filter((line) => line.startsWith('CMD '))).toEqual([
        expect.stringMatching(/^CMD \["node", /),
      ]);
      expect(stage.filter((line) => /^(?:RUN|ADD|ENTRYPOINT|VOLUME|ONBUILD) /.test(line))).toEqual([]);
      expect(stage.filter((line) => line.startsWith('COPY '))).toEqual([
        expect.stringMatching(/^COPY --from=build \/out\//),
      ]);
      expect(stage.join('\n')).toContain('NODE_ENV=production');
    },
  );

  it.each(['api', 'worker'])('%s has a health check', (name) => {
    expect((stages.get(name) ?? []).filter((line) => line.startsWith('HEALTHCHECK '))).toHaveLength(1);
  });

  it('take their dependencies from the lockfile, no secret with them, and nothing that a checkout has grown', () => {
    const build = (stages.get('build') ?? []).join('\n');
    expect(build).toContain('pnpm install --offline --frozen-lockfile');
    expect(build.match(/ deploy --prod /g)).toHaveLength(built.length);
    expect(instructions.join('\n')).not.toMatch(/PASSWORD|SECRET|TOKEN|curl|wget/);
    const ignored = read('deploy/Dockerfile.dockerignore').split('\n');
    for (const name of ['.git', '.slotline', '**/.env*', '**/node_modules']) expect(ignored).toContain(name);
  });
});

describe('the reader of YAML', () => {
  it('refuses unsupported syntax', () => {
    for (const text of ['a: {b: c}', 'a: |\n  b', '- a: b', 'a: *b', 'a\n', 'a: 1\n   b: 2']) {
      expect(() => readYaml(text)).toThrow('is no YAML that is read here');
    }
    expect(readYaml("a: &x\n  b: 'c' # d\ne:\n  <<: *x\n  f: [g, 'h, i']\n")).toEqual({
      a: { b: 'c' },
      e: { b: 'c', f: ['g', 'h, i'] },
    });
  });
});
