// How much memory a process of ours may take. V8 sizes its heap by the machine's memory and on a large one
// collects late: an import of 116,619 requests took the API to 404 MB and a worker to 364 MB resident, with
// about 25 MB alive. With these flags it peaks at 183 and 161 MB, 145 of which are there before the first
// request, and decides as many a second.

/** For `node`, before the program. An operator's `NODE_OPTIONS` of the same name are overruled by them. */
export const HEAP_FLAGS: readonly string[] = ['--max-semi-space-size=8', '--max-old-space-size=256'];
