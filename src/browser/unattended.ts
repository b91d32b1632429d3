/**
 * The variables of CI systems. Any value counts except an empty one, `false` and `0`. Most systems set CI; the
 * others are for systems that do not, or whose steps may set CI=false for a build tool.
 */
export const ciVariables: readonly string[] = [
  ...['CI', 'GITHUB_ACTIONS', 'GITLAB_CI', 'TF_BUILD', 'JENKINS_URL', 'BUILDKITE', 'CIRCLECI', 'TRAVIS'],
  ...['APPVEYOR', 'BITBUCKET_BUILD_NUMBER', 'TEAMCITY_VERSION', 'CODEBUILD_BUILD_ID', 'TFC_RUN_ID'],
  ...['DRONE', 'bamboo_buildKey', 'GO_PIPELINE_LABEL'],
];

/**
 * The variables by which coding agents tell their commands that an agent runs them, with the values that their
 * documentation or source names. Another program may set another value: AGENT is a common word.
 */
export const agentVariables: Readonly<Record<string, readonly string[]>> = {
  CLAUDECODE: ['1'],
  CURSOR_AGENT: ['1'],
  GEMINI_CLI: ['1'],
  CODEX_SANDBOX: ['seatbelt'],
  CODEX_SANDBOX_NETWORK_DISABLED: ['1'],
  CODEX_CI: ['1'],
  AUGMENT_AGENT: ['1'],
  CLINE_ACTIVE: ['true'],
  OPENCODE: ['1'],
  AGENT: ['amp', 'goose'],
};

/** Returns the variable that tells that a CI system runs this, so that no person is there. */
export function ciVariable(env: NodeJS.ProcessEnv): string | undefined {
  return ciVariables.find((name) => /^(?!false$|0$)./i.test(env[name]?.trim() ?? ''));
}

/** Returns the variable that tells that a coding agent runs this. */
export function agentVariable(env: NodeJS.ProcessEnv): string | undefined {
  return Object.keys(agentVariables).find((name) => agentVariables[name]?.includes(env[name] ?? ''));
}
