// How much memory a process of ours may take. V8 sizes its heap by the machine's memory and on a large one
// collects late: an import of 116,619 requests took the API to 404 MB and a worker to 364 MB resident, with
// about 25 MB alive. With these flags it peaks at 205 and 192 MB, 150 of which are there before the first
// request, and decides as many a second. Less space for new objects (8 MB) saves 20 MB more and takes 15 %
// more time for collecting; more (32 MB) is the other way round.

/** For `node`, before the program. An operator's `NODE_OPTIONS` of the same name are overruled by them. */
export const HEAP_FLAGS: readonly string[] = ['--max-semi-space-size=16', '--max-old-space-size=256'];
