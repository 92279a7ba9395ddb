// A whole run: starts the service as separate processes, sends cases until there are enough, waits until everything
// accepted is decided, and compares the stores with the answers.

import { startReceiver } from '@slotline/testkit';
import { Cluster } from '../chaos/cluster.ts';
import { makeAskers, type Auth } from './askers.ts';
import { openStores, type Stores } from './checks/read-stores.ts';
import { compareStores, sweepRedis } from './compare-stores.ts';
import { attempt, driveCases } from './drive-cases.ts';
import { Room } from './generate/room.ts';
import { openSender } from './http/send.ts';
import { askOnce, casesFor, isScrape, type Enough } from './run-case.ts';
import { readServiceFigures, type ServiceFigures } from './service-figures.ts';
import { Traffic } from './traffic.ts';
import { watchForStalls } from './watch-for-stalls.ts';
import { readApi, type World } from './world.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly auth: Auth;
  readonly extent: Extent;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** The processes of the service run: none is started after this. */
  readonly onStarted?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type Extent =
  | { readonly kind: 'requests'; readonly count: number }
  /** Until `count` requests of every operation were sent. */
  | { readonly kind: 'each-operation'; readonly count: number }
  /** One case of a run again. */
  | { readonly kind: 'case'; readonly number: number };

export interface Progress {
  readonly phase: string;
  /** From 0 to 1. */
  readonly share: number;
  readonly requests: number;
  readonly findings: number;
}

export interface FuzzResult {
  readonly traffic: Traffic;
  /** Interrupted: the stores were not compared, and the figures of the stores and the service are left out. */
  readonly isInterrupted: boolean;
  readonly cases: number;
  readonly seconds: number;
  /** Processor time of the run itself, the API and the worker, in seconds. */
  readonly cpuSeconds: readonly number[];
  readonly figures: ServiceFigures;
  readonly peakMemory: { readonly api: number; readonly workers: readonly number[] };
  readonly outcomes: Readonly<Record<string, number>>;
  /** Marks of taken requests that were found, which proves that the search works. */
  readonly marksFound: number;
}

const CONCURRENCY = 64;
/** When requests are counted by operation, one of this number of conversations runs: they cost most and count least. */
const CONVERSATIONS_APART = 4;
/** Of the metrics, after everything else: see `isScrape`. */
const SCRAPES = 200;
const PROGRESS_MS = 100;

const SETTINGS = {
  WEBHOOK_ALLOW_PRIVATE: 'true',
  WEBHOOK_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
};

export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  options.onProgress?.({ phase: 'starting', share: 0, requests: 0, findings: 0 });
  const receiver = await startReceiver();
  const settings = { ...SETTINGS, AUTH: options.auth };
  const cluster = await Cluster.start({ workers: 1, settings });
  const stores = await openStores(cluster);
  options.onStarted?.();
  const sender = openSender({ connections: CONCURRENCY });
  const stalls = watchForStalls(cluster);
  try {
    const apis = await Promise.all([readApi(cluster.url), readApi(cluster.adminUrl)]);
    const askers = await makeAskers(cluster, options.auth);
    const world: World = { apis, receiverUrl: receiver.url, ...askers };
    return await aim(cluster, new Traffic(world, sender, stalls), { stores, options });
  } finally {
    await Promise.all([sender.close(), stores.close(), stalls.close()]);
    await cluster.stop();
    await receiver.close();
  }
}

async function aim(
  cluster: Cluster,
  traffic: Traffic,
  { stores, options }: { stores: Stores; options: FuzzOptions },
): Promise<FuzzResult> {
  const over = new AbortController();
  // A signal to the whole group ends the service as well: what it no longer answers is no finding.
  options.signal?.addEventListener('abort', () => traffic.close());
  const sweeping = sweepRedis(traffic, stores, over.signal);
  await readServiceFigures(cluster.adminUrl); // this scrape resets them
  const cpuBefore = cpuOf(cluster);
  const startedAt = performance.now();
  const cases = await sendAll(cluster, traffic, options);
  const sent = {
    ...{ traffic, cases },
    seconds: (performance.now() - startedAt) / 1_000,
    cpuSeconds: cpuOf(cluster).map((used, at) => used - (cpuBefore[at] ?? 0)),
    figures: await readServiceFigures(cluster.adminUrl),
    peakMemory: cluster.peakMemory(),
  };
  over.abort();
  const isInterrupted = () => options.signal?.aborted === true;
  try {
    await sweeping;
    const judged = isInterrupted() ? NOT_JUDGED : await judgeStores(cluster, traffic, { stores, options });
    return { ...sent, ...judged, isInterrupted: isInterrupted() };
  } catch (error) {
    if (!isInterrupted()) throw error;
    return { ...sent, ...NOT_JUDGED, isInterrupted: true };
  }
}

const NOT_JUDGED = { marksFound: 0, outcomes: {} };

async function judgeStores(
  cluster: Cluster,
  traffic: Traffic,
  { stores, options }: { stores: Stores; options: FuzzOptions },
): Promise<Pick<FuzzResult, 'marksFound' | 'outcomes'>> {
  if (options.extent.kind !== 'case') await scrape(traffic, options.seed);
  tell(traffic, options, { phase: 'comparing', share: 1 });
  const marksFound = await compareStores(cluster, traffic, stores);
  return { marksFound, outcomes: await stores.countOutcomes() };
}

function cpuOf(cluster: Cluster): number[] {
  const { user, system } = process.cpuUsage();
  const apps = cluster.apps.map((app) => app.cpuSeconds());
  return [(user + system) / 1_000_000, ...apps];
}

async function sendAll(cluster: Cluster, traffic: Traffic, options: FuzzOptions): Promise<number> {
  const { seed, extent, signal } = options;
  if (extent.kind === 'case') {
    await attempt(traffic, { seed, number: extent.number });
    return 1;
  }
  const operations = traffic.world.apis.flatMap((api) => api.operations).filter((one) => !isScrape(one));
  const casesMax =
    extent.kind === 'requests' ? Number.POSITIVE_INFINITY : casesFor(operations.length, extent.count);
  const requestsMax = extent.kind === 'requests' ? extent.count : Number.POSITIVE_INFINITY;
  let begun = 0;
  const share = () => Math.max(begun / casesMax, traffic.tally.requests / requestsMax);
  const timer = setInterval(() => tell(traffic, options, { phase: 'sending', share: share() }), PROGRESS_MS);
  try {
    const isEnough = (cases: number) => {
      begun = cases;
      if (cluster.apps.some((app) => app.hasEnded())) return true;
      return signal?.aborted === true || cases >= casesMax || traffic.tally.requests >= requestsMax;
    };
    const enough = extent.kind === 'each-operation' ? enoughAfter(extent.count, traffic) : undefined;
    return await driveCases(traffic, { seed, isEnough, enough, concurrency: CONCURRENCY });
  } finally {
    clearInterval(timer);
  }
}

function enoughAfter(count: number, { tally }: Traffic): Enough {
  return {
    ofOperation: (id) => (tally.byOperation.get(id) ?? 0) >= count,
    ofConversations: (round) => round % CONVERSATIONS_APART !== 0,
  };
}

async function scrape(traffic: Traffic, seed: number): Promise<void> {
  const operation = traffic.world.apis.flatMap((api) => api.operations).find(isScrape);
  if (operation === undefined) return;
  const { receiverUrl } = traffic.world;
  for (let number = -SCRAPES; number < 0; number++) {
    await askOnce(traffic, new Room({ seed, number, receiverUrl }), operation);
  }
}

function tell(traffic: Traffic, { onProgress }: FuzzOptions, at: { phase: string; share: number }): void {
  onProgress?.({ ...at, requests: traffic.tally.requests, findings: traffic.foundCount });
}
