/**
 * Batches the requests of one event-loop tick into as few calls as the limits allow. Requests keep their
 * order, a request is never split, and a failed call fails only the requests in it.
 */
export interface Gathering<Ask, Answer> {
  /** Answers in the order of the requests. */
  call(asks: readonly Ask[]): Promise<readonly Answer[]>;
  weigh(ask: Ask): { readonly items: number; readonly bytes: number };
  itemsMax: number;
  bytesMax: number;
}

interface Waiting<Ask, Answer> {
  readonly ask: Ask;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export function gatherByTick<Ask, Answer>(gathering: Gathering<Ask, Answer>): (ask: Ask) => Promise<Answer> {
  let waiting: Waiting<Ask, Answer>[] = [];
  const flush = (): void => {
    const gathered = waiting;
    waiting = [];
    for (const group of cutIntoCalls(gathered, gathering)) void answerGroup(group, gathering);
  };
  return (ask) =>
    new Promise((resolve, reject) => {
      // Immediates run after the poll phase, so after every socket with data was read.
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ ask, resolve, reject });
    });
}

function cutIntoCalls<Ask, Answer>(
  waiting: readonly Waiting<Ask, Answer>[],
  { weigh, itemsMax, bytesMax }: Gathering<Ask, Answer>,
): (readonly Waiting<Ask, Answer>[])[] {
  const groups: (readonly Waiting<Ask, Answer>[])[] = [];
  let from = 0;
  let [items, bytes] = [0, 0];
  waiting.forEach(({ ask }, at) => {
    const weight = weigh(ask);
    const isFull = items + weight.items > itemsMax || bytes + weight.bytes > bytesMax;
    if (isFull && at > from) {
      groups.push(waiting.slice(from, at));
      from = at;
      [items, bytes] = [0, 0];
    }
    items += weight.items;
    bytes += weight.bytes;
  });
  groups.push(from === 0 ? waiting : waiting.slice(from));
  return groups;
}

async function answerGroup<Ask, Answer>(
  group: readonly Waiting<Ask, Answer>[],
  { call }: Gathering<Ask, Answer>,
): Promise<void> {
  try {
    const answers = await call(group.map(({ ask }) => ask));
    group.forEach(({ resolve, reject }, at) => {
      const answer = answers[at];
      if (answer === undefined) reject(new Error(`${answers.length} answers to ${group.length} requests`));
      else resolve(answer);
    });
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}
