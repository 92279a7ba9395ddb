// The last line of a run in words that any script can read: `Tests: N passed, N failed, N skipped`.
export default class ClosingLine {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests }) {
    // A file that could not be loaded has failed without any failed test.
    const failed = Math.max(numFailedTests, numFailedTestSuites);
    console.log(`\nTests: ${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped`);
  }
}
