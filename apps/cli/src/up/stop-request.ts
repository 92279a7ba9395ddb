/**
 * Why `up` ends: the first reason wins, be it a signal or something that cannot be repaired. A second signal means
 * "now". The one place that knows signals; `main.ts` hands its process in.
 */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Ctrl-C reaches us from the terminal, and once more from a parent that passes it on: that is one wish, not two. */
const SAME_WISH_MS = 500;

export interface StopRequest {
  /** Resolves to `undefined` on a signal, to the error when something failed for good. Never rejects. */
  asked: Promise<Error | undefined>;
  isAsked: () => boolean;
  /** Resolves on the second signal. */
  forced: Promise<void>;
  /** For what cannot be repaired. */
  fail: (error: unknown) => void;
}

export function listenForStop(host: NodeJS.Process): StopRequest {
  const asked = Promise.withResolvers<Error | undefined>();
  const forced = Promise.withResolvers<void>();
  let isAsked = false;
  let signalledAt: number | undefined;
  const ask = (error?: Error) => {
    isAsked = true;
    asked.resolve(error);
  };
  const fail = (error: unknown) => ask(error instanceof Error ? error : new Error(String(error)));
  for (const signal of SIGNALS) {
    host.on(signal, () => {
      const isRepeated = signalledAt !== undefined && performance.now() - signalledAt > SAME_WISH_MS;
      // A terminal that closes while we stop is nobody's wish to hurry.
      if (isRepeated && signal !== 'SIGHUP') forced.resolve();
      signalledAt ??= performance.now();
      ask();
    });
  }
  return { asked: asked.promise, isAsked: () => isAsked, forced: forced.promise, fail };
}
