// How the command-line parser writes. Left to itself it asks the environment for colours, which our programs have no
// right to read and no use of.

/** For commander's `configureOutput()`. */
export const PLAIN_OUTPUT = {
  getOutHasColors: () => false,
  getErrHasColors: () => false,
  getOutHelpWidth: () => 100,
  getErrHelpWidth: () => 100,
};
