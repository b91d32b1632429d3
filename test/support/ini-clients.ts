import { spawnSync } from 'node:child_process';
import { loadSharedConfigFiles } from '@smithy/core/config';

/** The profiles of an AWS config file as a client reads them; undefined if the client rejects the file. */
export type Profiles = Record<string, Record<string, unknown>> | undefined;

/** Reads each config file as one client does. */
export type IniClient = (paths: readonly string[]) => Promise<Profiles[]>;

const botocore = `
import json, sys
from awscli.botocore.configloader import load_config
def profiles(path):
    try:
        return load_config(path)["profiles"]
    except Exception:
        return None
json.dump([profiles(path) for path in json.load(sys.stdin)], sys.stdout)
`;

const ruby = `
require 'json'
require 'aws-sdk-core'
def profiles(path)
  Aws::SharedConfig.new(config_enabled: true, config_path: path, credentials_path: '/dev/null')
    .instance_variable_get(:@parsed_config)
rescue StandardError
  nil
end
puts JSON.generate(JSON.parse($stdin.read).map { |path| profiles(path) })
`;

export const iniClients: Record<'botocore' | 'JavaScript' | 'Ruby', IniClient> = {
  botocore: async (paths) => runWith('/usr/bin/python3', ['-c', botocore], paths),
  Ruby: async (paths) => runWith('/usr/bin/ruby', ['-e', ruby], paths),
  async JavaScript(paths) {
    const read: Profiles[] = [];
    for (const configFilepath of paths) {
      const files = loadSharedConfigFiles({ configFilepath, filepath: '/dev/null', ignoreCache: true });
      read.push(await files.then(({ configFile }) => configFile as Profiles).catch(() => undefined));
    }
    return read;
  },
};

function runWith(program: string, args: string[], paths: readonly string[]): Profiles[] {
  const { status, stdout, stderr } = spawnSync(program, args, {
    input: JSON.stringify(paths),
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', LANG: 'C.UTF-8' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout).map((profiles: Profiles | null) => profiles ?? undefined);
}
