import { closeSync, constants, fchmodSync, openSync, writeSync } from 'node:fs';
import { awsConfigPath } from '../aws-config/file-location.ts';
import type { Context } from '../context.ts';
import { sessionKeys } from '../session/keys.ts';
import type { Arguments } from '../settings/arguments.ts';
import { settingNames, spellings } from '../settings/setting-table.ts';
import { loadSettings, type Settings } from '../settings/settings.ts';
import { assertPrivate, ensurePrivateFolder, stateDirectory } from '../state/directory.ts';
import {
  type Call,
  fileState,
  type KnownCall,
  knownCallPath,
  knownCallsFolder,
  recallCall,
} from './known-call.ts';

/** Milliseconds: a file that changed twice in less than the clock of some file systems tells apart would look the same. */
const settled = 2000;

/** Keeps what a call wants, for `recallCall`. Throws what hinders it; no call fails for that, and the next ones only take a little longer. */
export function rememberCall(call: Call, { flags }: Arguments, { env, home, settings }: Context): void {
  const path = knownCallPath(call);
  // What a person may want to keep to himself is written nowhere, and a hit looks for no other file.
  const isPrivate = env.DAYPASS_CLIENT_SECRET || env.DAYPASS_AUTHORIZE_PARAMS;
  if (path === undefined || isPrivate || flags.has('envFile') || !isPlain(settings)) return;
  // Of many first calls at once one keeps it.
  if (recallCall(call)) return;
  const { path: configPath } = awsConfigPath({ env, home });
  const config = fileState(configPath);
  if (!config || Date.now() - config.changed < settled) return;
  // Once more, and after the look at the file: where it changes in between, what is kept never fits.
  const wanted = loadSettings({ flags, env, home });
  if (!isPlain(wanted)) return;
  const { issuer, roleArn, timeout } = wanted;
  const known: KnownCall = {
    program: call.program,
    argv: call.argv,
    env: Object.fromEntries(variables().map((name) => [name, env[name] ?? null])),
    configPath,
    config: config.text,
    wanted: { account: sessionKeys(wanted).credentials, issuer, roleArn, timeout },
  };
  const state = stateDirectory(env, home);
  // Nothing is made where others could reach into it, and a sign-in has made it by now.
  assertPrivate(state);
  ensurePrivateFolder(state, knownCallsFolder);
  writeInPlace(path, JSON.stringify(known));
}

/** Without a file beside it that could be left: whoever reads half of it finds no JSON, and passes it over. */
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

/** Whether a hit reads the keychain and does nothing else. */
function isPlain({ store, log }: Settings): boolean {
  return store === 'keychain' && log === undefined;
}

/** All that daypass reads, but what says where its own files lie. */
function variables(): string[] {
  return ['HOME', 'AWS_PROFILE', 'AWS_CONFIG_FILE', ...settingNames.flatMap((name) => spellings(name).env)];
}
