// What the victim's process is asked and what it answers, over its channel.

export interface VictimTarget {
  /** `http://127.0.0.1:port` of the API. */
  readonly address: string;
  readonly orgId: string;
  /** Its API key. */
  readonly key: string;
}

/** `target` begins: it registers the victim's webhook and opens its stream. */
export type VictimOrder = { readonly target: VictimTarget } | { readonly seconds: number };

export const ACTIVITIES = ['booking', 'list', 'webhook', 'stream'] as const;

/**
 * `booking` is a POST that waits for its decision, `list` a page of appointments. `webhook` and `stream` are the time from
 * the POST until its change is at the receiver, or on the event stream.
 */
export type Activity = (typeof ACTIVITIES)[number];

export interface Experience {
  readonly count: number;
  /** Milliseconds from the intended start; of what never came, until it was no longer waited for. Infinity for none. */
  readonly p50: number;
  readonly p99: number;
  /** Of `webhook` and `stream`: how many never came. */
  readonly missing: number;
}

export interface VictimFigures {
  readonly experiences: Readonly<Record<Activity, Experience>>;
  /** Answers by status; 0 for a connection that broke, or an answer that did not come in time. `stream` counts openings. */
  readonly answers: Readonly<Record<'booking' | 'list' | 'stream', Readonly<Record<number, number>>>>;
}

export type VictimAnswer =
  | { readonly kind: 'begun' }
  | { readonly kind: 'done'; readonly figures: VictimFigures }
  | { readonly kind: 'failed'; readonly reason: string };
