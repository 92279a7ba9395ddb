// A rule of the house: what is true of the repository, why it has to be, and where it is not.

import type { Repository } from './repository.ts';

export interface Rule {
  /** What is true when the rule is kept, as a present-tense fact. */
  readonly name: string;
  readonly because: string;
  /** The places that break it, `path:line: what is there`; none when it is kept. */
  findBreaches(repository: Repository): string[];
}

/** What a failing test shows for each breach: the rule, the reason and the place. */
export function report(rule: Rule, repository: Repository): string[] {
  return rule.findBreaches(repository).map((place) => `${rule.name}, because ${rule.because}. See ${place}`);
}
