// What the planner may use. Invariant: plans depend neither on statistics nor on what is asked for, so tables that
// were never analysed are read by index too, and the plan that the tests look at is the one that runs.

/** For the look-ups of a deciding transaction: see `load-statements.ts`. One generic plan a statement, made once. */
export const PLAN_SETTINGS = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_bitmapscan: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
};

/** For reads besides: in the order of the index, sorting only what has no order. */
export const READ_PLAN_SETTINGS = {
  ...PLAN_SETTINGS,
  enable_sort: 'off',
  enable_incremental_sort: 'off',
};
