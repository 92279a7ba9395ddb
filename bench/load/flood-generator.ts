// The flood's process: sends one flood after the other on its parent's messages, and ends with the parent.

import type { Flood, FloodAnswer, Loop } from './flood.ts';
import { sendFlood } from './send-flood.ts';

const answer = (message: FloodAnswer) => void process.send?.(message);

process.on('message', (flood: Flood | Loop) => {
  sendFlood(flood).then(
    (result) => answer({ kind: 'done', result }),
    (error: unknown) => answer({ kind: 'failed', reason: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ kind: 'ready' });
