/**
 * The process behind `startReceiverProcess`: node main.ts <port> <file> <seed> <shares as JSON>. Every post is in
 * the file before it is answered, so a kill loses none that was answered.
 */
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { chooseFaults, type FaultShares } from './receiver-fault.ts';
import { startReceiver } from './receiver.ts';

const [port = '0', file = '', seed = '0', shares = '{}'] = process.argv.slice(2);

const receiver = await startReceiver({
  port: Number(port),
  faultOf: chooseFaults(JSON.parse(shares) as FaultShares, Number(seed)),
  onPost: (post) => appendFileSync(file, `${JSON.stringify(post)}\n`),
});
process.once('disconnect', () => process.exit());
process.send?.({ url: receiver.url });
