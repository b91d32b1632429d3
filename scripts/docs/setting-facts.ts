import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BadValue } from '../../src/settings/parse-values.ts';
import { type SettingName, settingNames, settingOf, spellings } from '../../src/settings/setting-table.ts';
import { loadSettings, type Settings } from '../../src/settings/settings.ts';
import { settingTexts } from '../../src/shell/descriptions.ts';
import { settingNotes, settingsWithoutFlag, spokenDefaults } from './setting-notes.ts';

/** What the pages say of a setting. The texts have the markup of markup.ts. */
export interface SettingFacts {
  key: string;
  /** `--duration SECONDS` */
  flag?: string;
  variables: readonly string[];
  summary: string;
  note: string;
  /** Which values the parser accepts. */
  rule?: string;
  fallback?: string;
  isRequired: boolean;
}

/** Returns the facts about each setting, in the order of the table. */
export function settingFacts(): SettingFacts[] {
  const defaults = loadDefaults();
  return settingNames.map((name) => {
    const { flag, env, key } = spellings(name);
    const { takes, example } = settingOf(name);
    const rule = takes === undefined || name === 'browser' ? undefined : ruleOf(name);
    const fallback = spokenDefaults[name] ?? defaultOf(name, defaults);
    const texts: Readonly<Record<string, string>> = { ...settingTexts, ...settingsWithoutFlag };
    return {
      key,
      ...(flag === undefined ? {} : { flag: takes === undefined ? flag : `${flag} ${takes}` }),
      variables: env,
      summary: texts[name] ?? '',
      note: settingNotes[name],
      ...(rule === undefined ? {} : { rule }),
      ...(fallback === undefined || example !== undefined ? {} : { fallback }),
      isRequired: example !== undefined,
    };
  });
}

/** Returns the settings of a profile that has the required ones alone. */
function loadDefaults(): Settings {
  const required = settingNames.flatMap((name) => {
    const { example } = settingOf(name);
    return example === undefined ? [] : [[name, example] as const];
  });
  const home = join(tmpdir(), 'no-home-of-daypass');
  const env = { AWS_CONFIG_FILE: join(home, 'config') };
  return loadSettings({ flags: new Map(required), env, home });
}

function defaultOf(name: SettingName, defaults: Settings): string | undefined {
  const value: unknown = { ...defaults }[name as keyof Settings];
  if (settingOf(name).takes === undefined) return '`false`';
  return typeof value === 'string' || typeof value === 'number' ? `\`${value}\`` : undefined;
}

/** Returns the rule that an error states for a value that no setting but a path accepts. */
function ruleOf(name: SettingName): string | undefined {
  const place = { env: {}, home: '/' };
  try {
    settingOf(name).parse('" " "', place);
    return undefined;
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    // The separator is that of this system.
    return error.message.replace('~\\', '~/');
  }
}
