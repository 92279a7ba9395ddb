// The whole service as processes: its own durable PostgreSQL and Redis, one API, workers. Every part can be killed
// and is restarted on the same data and the same port, as an operator's supervisor would do.

import {
  applicationUrlOf,
  makeTestFolder,
  prepareDatabase,
  startPostgres,
  startRedis,
  type RunningServer,
} from '@slotline/testkit';
import { startApp, type AppProcess } from './app-process.ts';

export class Cluster {
  #redis: RunningServer;
  #postgres: RunningServer;
  readonly #redisDir: string;
  readonly #postgresDir: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #workers: AppProcess[] = [];
  #api: AppProcess | undefined;
  /** How often each kind of fault really happened: a run without faults proves nothing. */
  readonly faults = { workerKills: 0, redisKills: 0, postgresStops: 0, apiKills: 0 };

  private constructor(parts: {
    redis: RunningServer;
    redisDir: string;
    postgres: RunningServer;
    postgresDir: string;
    settings: Readonly<Record<string, string>>;
  }) {
    this.#settings = parts.settings;
    this.#redis = parts.redis;
    this.#redisDir = parts.redisDir;
    this.#postgres = parts.postgres;
    this.#postgresDir = parts.postgresDir;
  }

  /** `settings` go to every app, by their environment names. */
  static async start({
    workers,
    settings = {},
  }: {
    workers: number;
    settings?: Readonly<Record<string, string>>;
  }): Promise<Cluster> {
    const redisDir = makeTestFolder('redis');
    const postgresDir = makeTestFolder('postgres');
    const [redis, postgres] = await Promise.all([
      startRedis({ dir: redisDir, durable: true }),
      startPostgres({ dir: postgresDir, durable: true }),
    ]);
    await prepareDatabase(postgres.url);
    const cluster = new Cluster({ redis, redisDir, postgres, postgresDir, settings });
    cluster.#api = await startApp('api', cluster.#environment);
    for (let count = 0; count < workers; count++) {
      cluster.#workers.push(await startApp('worker', cluster.#environment));
    }
    return cluster;
  }

  get url(): string {
    return this.#api?.address ?? '';
  }

  get adminUrl(): string {
    return this.#api?.adminAddress ?? '';
  }

  /** The API first, then the workers. */
  get apps(): readonly AppProcess[] {
    return [this.#api, ...this.#workers].filter((app) => app !== undefined);
  }

  get databaseUrl(): string {
    return this.#postgres.url;
  }

  get redisUrl(): string {
    return this.#redis.url;
  }

  get #environment(): Record<string, string> {
    return {
      DATABASE_URL: applicationUrlOf(this.#postgres.url),
      REDIS_URL: this.#redis.url,
      PORT: '0',
      ADMIN_PORT: '0',
      ...this.#settings,
    };
  }

  async killWorker(at: number): Promise<void> {
    await this.#workers[at]?.kill();
    this.faults.workerKills++;
    this.#workers[at] = await startApp('worker', this.#environment);
  }

  async killApi(): Promise<void> {
    const port = new URL(this.url).port;
    await this.#api?.kill();
    this.faults.apiKills++;
    this.#api = await startApp('api', { ...this.#environment, PORT: port });
  }

  async killRedis(): Promise<void> {
    const { port } = this.#redis;
    await this.#redis.kill();
    this.faults.redisKills++;
    this.#redis = await startRedis({ dir: this.#redisDir, durable: true, port });
  }

  async stopPostgres(duringMs: () => Promise<void>): Promise<void> {
    const { port } = this.#postgres;
    await this.#postgres.stop();
    this.faults.postgresStops++;
    try {
      await duringMs();
    } finally {
      this.#postgres = await startPostgres({ dir: this.#postgresDir, durable: true, port });
    }
  }

  /** Peak resident bytes of each process of ours. */
  peakMemory(): { api: number; workers: number[] } {
    return {
      api: this.#api?.peakMemory() ?? 0,
      workers: this.#workers.map((worker) => worker.peakMemory()),
    };
  }

  /** SIGTERM to the apps, which must end cleanly, then the stores. Resolves with the apps' exit codes. */
  async stop(): Promise<(number | null)[]> {
    const codes = await Promise.all(this.apps.map((app) => app.stop()));
    await Promise.all([this.#redis.stop(), this.#postgres.stop()]);
    return codes;
  }
}
