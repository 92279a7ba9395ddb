// All conversations, by name.

import { acceptAndPoll } from './accept-and-poll.ts';
import { askAsStranger } from './ask-as-stranger.ts';
import { askForTheHead } from './ask-for-the-head.ts';
import { bookAndChange } from './book-and-change.ts';
import { bookMany } from './book-many.ts';
import { holdAndConfirm } from './hold-and-confirm.ts';
import { liveEndpoint } from './live-endpoint.ts';
import { repeatByKey } from './repeat-by-key.ts';
import type { Talk } from './talk.ts';
import { turnPages } from './turn-pages.ts';

export type Chain = (talk: Talk) => Promise<void>;

export const CHAINS: Readonly<Record<string, Chain>> = {
  'book and change': bookAndChange,
  'accept and poll': acceptAndPoll,
  'hold and confirm': holdAndConfirm,
  'repeat by key': repeatByKey,
  'book many': bookMany,
  'live endpoint': liveEndpoint,
  'turn pages': turnPages,
  'ask as stranger': askAsStranger,
  'ask for the head': askForTheHead,
};
