/** The path of the single executable that the tests start instead of the package; undefined without one. */
export const executableUnderTest = process.env.DAYPASS_TEST_PROGRAM || undefined;
