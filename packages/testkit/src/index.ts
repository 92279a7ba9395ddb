/** For tests only: databases, key namespaces and private servers that clean up after themselves. */
export { openCuttingProxy, type CuttingProxy } from './cutting-proxy.ts';
export { makeKey, type KeyOptions } from './make-key.ts';
export { applicationUrlOf, prepareDatabase } from './prepare-database.ts';
export { makeTestFolder, startPostgres, startRedis } from './private-servers.ts';
export {
  startReceiver,
  type ReceivedPost,
  type Receiver,
  type ReceiverOptions,
} from './receiver/receiver.ts';
export {
  chooseFaults,
  isDelivered,
  RECEIVER_FAULTS,
  type FaultShares,
  type ReceiverFault,
} from './receiver/receiver-fault.ts';
export {
  startReceiverProcess,
  type ReceiverProcess,
  type ReceiverProcessOptions,
} from './receiver/receiver-process.ts';
export { seededRandom } from './seeded-random.ts';
export { startSystem, type System, type SystemOptions } from './start-system.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { testRedis } from './test-redis.ts';
export { type RunningServer } from '@slotline/embedded';
