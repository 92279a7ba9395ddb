// What the attacker's process is asked and what it answers, over its channel.

/** The service under attack, and the organisation that attacks it. */
export interface Target {
  /** Of the API, on 127.0.0.1. */
  readonly port: number;
  readonly orgId: string;
  /** Its API key. */
  readonly key: string;
  /** Share of the full size of what `prepare` stores, above 0 and at most 1. */
  readonly scale: number;
}

export interface Order {
  readonly attack: string;
  readonly target: Target;
  /** How long the attack runs; left out: it is prepared. */
  readonly seconds?: number;
}

export interface HostileTally {
  /** Answers by status; 0 for connections that broke or were refused. */
  readonly answers: Readonly<Record<number, number>>;
  /** Bytes of the largest answer, its head included. */
  readonly answerBytesMax: number;
}

export type AttackerAnswer =
  | { readonly kind: 'done'; readonly tally: HostileTally }
  | { readonly kind: 'failed'; readonly reason: string };
