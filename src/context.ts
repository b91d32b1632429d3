import type { Log } from './log.ts';
import type { SessionKeys } from './session/keys.ts';
import type { Settings } from './settings/settings.ts';

/** Where a call runs: read from the process once, by the entry. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  home: string;
  /** The caller's umask. A browser that daypass starts for a person must not inherit our stricter one. */
  umask: number;
}

/** What a call is about. */
export interface Context extends Surroundings {
  settings: Settings;
  keys: SessionKeys;
  stateDirectory: string;
  /** The state folder of this sign-in; it may not exist yet. */
  folder: string;
  log: Log;
}
