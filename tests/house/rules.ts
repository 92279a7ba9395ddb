// All the rules of the house, in the order a reader meets them.

import * as architecture from './architecture-rules.ts';
import * as decisions from './decision-rules.ts';
import * as imports from './import-rules.ts';
import * as lua from './lua-rules.ts';
import * as manifests from './manifest-rules.ts';
import * as purity from './purity-rules.ts';
import type { Rule } from './rule.ts';
import * as shapes from './shape-rules.ts';
import * as texts from './text-rules.ts';

function isRule(value: unknown): value is Rule {
  return typeof value === 'object' && value !== null && 'findBreaches' in value;
}

export const RULES: readonly Rule[] = [
  imports,
  architecture,
  lua,
  manifests,
  purity,
  shapes,
  texts,
  decisions,
]
  .flatMap((rules): unknown[] => Object.values(rules))
  .filter(isRule);
