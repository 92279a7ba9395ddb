/**
 * Records why `up` ends. The first reason wins: a signal or an unrecoverable error. A second signal forces an
 * immediate end. Only this file handles signals; `main.ts` passes the process in.
 */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/**
 * A Ctrl-C may arrive twice, from the terminal and from a parent that forwards it; that counts as one signal.
 */
const SAME_WISH_MS = 500;

export interface StopRequest {
  /** Resolves to `undefined` on a signal, or to the unrecoverable error. Never rejects. */
  asked: Promise<Error | undefined>;
  isAsked: () => boolean;
  /** Resolves on the second signal. */
  forced: Promise<void>;
  /** Reports an unrecoverable error. */
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
      // A terminal that closes during the stop does not request an immediate end.
      if (isRepeated && signal !== 'SIGHUP') forced.resolve();
      signalledAt ??= performance.now();
      ask();
    });
  }
  return { asked: asked.promise, isAsked: () => isAsked, forced: forced.promise, fail };
}
