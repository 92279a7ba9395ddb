// The worker as a library, for tests that start exactly what production runs.

export { readWorkerConfig, type WorkerConfig } from './config.ts';
export { openWorker, type Worker } from './open-worker.ts';
