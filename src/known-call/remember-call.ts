import { closeSync, constants, fchmodSync, openSync, writeSync } from 'node:fs';
import { awsConfigPath } from '../aws-config/config-file.ts';
import type { Context } from '../context.ts';
import { sessionKeys } from '../session/keys.ts';
import type { Arguments } from '../settings/arguments.ts';
import { regionMark } from '../settings/region.ts';
import { settingNames, spellings } from '../settings/setting-table.ts';
import { loadSettings, type Settings } from '../settings/settings.ts';
import { ensurePrivateFolder, stateDirectory } from '../state/directory.ts';
import {
  fileState,
  type Invocation,
  type KnownCall,
  knownCallPath,
  knownCallsFolder,
  recallCall,
} from './known-call.ts';

/** Milliseconds: two changes within a tick of a file system's clock look the same. Git has this rule too. */
const settled = 2000;

/** Stores what a call wants, for `recallCall`. Throws if it cannot; then later calls only take longer. */
export function rememberCall(call: Invocation, { flags }: Arguments, { env, home, settings }: Context): void {
  const path = knownCallPath(call);
  // Never store calls that carry secrets in their environment, or that read another file.
  const isPrivate = env.DAYPASS_CLIENT_SECRET || env.DAYPASS_AUTHORIZE_PARAMS;
  // Its path depends on variables of any name.
  if (/[$%]/.test(env.AWS_CONFIG_FILE ?? '')) return;
  if (path === undefined || isPrivate || flags.has('envFile') || !isPlain(settings)) return;
  // Of many first calls at once, one writes the file.
  if (recallCall(call)) return;
  const { path: configPath } = awsConfigPath({ env, home });
  const files = settledFiles([configPath, ...(settings.policy ? [settings.policy.path] : [])]);
  if (!files) return;
  const known = Object.fromEntries(variables().map((name) => [name, env[name] ?? null]));
  // Load the settings after the state of the files: if one changes in between, the stored call never matches. The path
  // of a policy can name any variable, so leave out all that `recallCall` does not compare.
  const compared = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null));
  const wanted = loadSettings({ flags, env: compared as NodeJS.ProcessEnv, home });
  const { issuer, roleArn, policy, timeout } = wanted;
  if (!isPlain(wanted) || policy?.path !== settings.policy?.path) return;
  const { credentials: account } = sessionKeys(wanted);
  const stored: KnownCall = {
    program: call.program,
    argv: call.argv,
    env: known,
    files,
    wanted: { account, issuer, roleArn, timeout, ...(policy ? { policy: { text: policy.text } } : {}) },
  };
  ensurePrivateFolder(stateDirectory(env, home), knownCallsFolder);
  writeInPlace(path, JSON.stringify(stored));
}

/** Returns the state of each file; undefined if one is missing or has just changed. */
function settledFiles(paths: readonly string[]): Record<string, string> | undefined {
  const states: Record<string, string> = {};
  for (const path of paths) {
    const state = fileState(path);
    if (!state || Date.now() - state.changed < settled) return undefined;
    states[path] = state.text;
  }
  return states;
}

/** Writes without a temporary file, which a killed process would leave. Half a file is no JSON: a miss. */
function writeInPlace(path: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    fchmodSync(file, 0o600);
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** Returns whether a hit reads the keychain and does nothing else. */
function isPlain({ store, log }: Settings): boolean {
  return store === 'keychain' && log === undefined;
}

/** Returns the names of all variables that daypass reads, apart from those for its own folders. */
function variables(): string[] {
  return [
    'HOME',
    'AWS_PROFILE',
    'AWS_CONFIG_FILE',
    regionMark,
    ...settingNames.flatMap((name) => spellings(name).env),
  ];
}
