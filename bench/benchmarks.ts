// All benchmarks, in the order in which they run and are listed.

import type { Benchmark } from './benchmark.ts';
import { accept } from './claims/accept.ts';
import { decide } from './claims/decide.ts';
import { fairness } from './claims/fairness.ts';
import { growth } from './claims/growth.ts';
import { hostile } from './claims/hostile.ts';
import { idle } from './claims/idle.ts';
import { knee } from './claims/knee.ts';
import { memory } from './claims/memory.ts';
import { pipeline } from './claims/pipeline.ts';
import { reads } from './claims/reads.ts';
import { saturation } from './claims/saturation.ts';
import { waitLatency } from './claims/wait-latency.ts';
import { webhooks } from './claims/webhooks.ts';
import { workers } from './claims/workers.ts';

export const BENCHMARKS: readonly Benchmark[] = [
  accept,
  pipeline,
  knee,
  waitLatency,
  decide,
  growth,
  webhooks,
  reads,
  fairness,
  saturation,
  hostile,
  memory,
  workers,
  idle,
];
