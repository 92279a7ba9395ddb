// Planner settings. Invariant: plans depend neither on statistics nor on parameters. So tables that were never
// analysed are read by index too, and the plans that the tests check are those that run.

/**
 * For the look-ups of a deciding transaction (see `load-statements.ts`). One generic plan per statement, made once.
 */
export const PLAN_SETTINGS = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_bitmapscan: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
};

/** For all other reads: rows come in index order; only rows without an order are sorted. */
export const READ_PLAN_SETTINGS = {
  ...PLAN_SETTINGS,
  enable_sort: 'off',
  enable_incremental_sort: 'off',
};
