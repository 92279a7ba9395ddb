// How much memory a process of ours may take, and how it is collected. V8 sizes its heap by the machine's memory and on
// a large one collects late: an import of 116,619 requests took the API to 404 MB and a worker to 364 MB resident, with
// about 25 MB alive. 16 MB for new objects took 205 and 192 MB, these 32 MB take 35 MB more: whatever waits for Redis to
// write is copied at every collection, so half of the collections are half of the copying. Threads that help to
// collect on two busy cores take more time than they save. Both together: 93 -> 75 µs of CPU an accepted request.
//
// With a limit this low V8 collects the old objects whenever they have grown by a third, and each time marks for about
// 100 ms, with four threads, three more than two cores have for it: those pauses were most of every p99. One thread is
// enough. Letting them grow by half (`--heap-growing-percent=50`) halves what is left of that p99, and takes an import
// under faults over its 250 MB.

/** For `node`, before the program. An operator's `NODE_OPTIONS` of the same name are overruled by them. */
export const HEAP_FLAGS: readonly string[] = [
  '--max-semi-space-size=32',
  '--max-old-space-size=256',
  '--no-parallel-scavenge',
  '--v8-pool-size=1',
];
