// How much memory a process of ours may take, and how it is collected. V8 sizes its heap by the machine's memory and on
// a large one collects late: an import of 116,619 requests took the API to 404 MB and a worker to 364 MB resident, with
// about 25 MB alive. Threads that help to collect on two busy cores take more time than they save, so one marks, and none
// helps with the new objects.
//
// V8 makes objects of a site old from the start when those of a burst lived long. What comes from there later is garbage
// among the old objects, and keeps the new ones that it names: without that (`--no-allocation-site-pretenuring`) the
// API's small collections took 55 ms instead of 470 in 10 s of a flood, and there was one large one instead of seven.
// So old objects may double before they are collected, and 16 MB for new ones are enough, at 243 MB resident
// instead of 246 where it is most. Figures: docs/decisions/0027.

/** For `node`, before the program. An operator's `NODE_OPTIONS` of the same name are overruled by them. */
export const HEAP_FLAGS: readonly string[] = [
  '--max-semi-space-size=16',
  '--max-old-space-size=256',
  '--no-parallel-scavenge',
  '--v8-pool-size=1',
  '--no-allocation-site-pretenuring',
  '--heap-growing-percent=100',
];
