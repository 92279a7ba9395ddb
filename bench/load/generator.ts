// The load generator's process: sends one load after the other on its parent's messages, and ends with the parent.

import type { Load, LoadAnswer } from './load.ts';
import { sendLoad } from './send-load.ts';

const answer = (message: LoadAnswer) => void process.send?.(message);

process.on('message', (load: Load) => {
  sendLoad(load).then(
    (result) => answer({ kind: 'done', result }),
    (error: unknown) => answer({ kind: 'failed', reason: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ kind: 'ready' });
