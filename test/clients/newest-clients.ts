// The clients with the newest AWS SDKs, from the package registries (newest.ts).
import { join } from 'node:path';
import type { Client } from './client.ts';
import { lacks } from './installed.ts';
import { counted } from './matrix.ts';
import { newestFolder } from './newest.ts';

const programs = join(import.meta.dirname, 'programs');

/** Returns those that are built. `named` has the profile in PROFILE, `chosen` in AWS_PROFILE. */
export function newestClients({
  named,
  chosen,
}: Record<'named' | 'chosen', Record<string, string>>): Client[] {
  const once = () => counted(1);
  const all: (Omit<Client, 'words' | 'asks'> & { words: () => string[] })[] = [
    {
      name: 'AWS CLI 1, newest',
      words: () => [join(programs, 'aws-cli.sh'), python(), '-m', 'awscli'],
      env: named,
      starts: (requests, left) => counted(left < 900 ? 2 * requests : requests),
    },
    {
      name: 'boto3, newest',
      words: () => [python(), join(programs, 'boto3_client.py')],
      env: named,
      starts: (requests, left) => counted(left < 900 ? requests + 1 : 1),
    },
    {
      name: 'Go v2, newest',
      words: () => [join(newestFolder('go-v2-newest'), 'client')],
      env: named,
      starts: once,
    },
    { name: 'Java v2', words: () => java('JavaClient'), env: named, starts: once },
    { name: 'Kotlin', words: () => java('KotlinClient'), env: { ...chosen, PROFILE: '' }, starts: once },
    { name: 'Rust', words: () => [join(newestFolder('rust'), 'client')], env: named, starts: once },
  ];
  return all
    .filter(({ name }) => !lacks(name))
    .map((client) => ({ ...client, words: client.words(), asks: true }));
}

/** Returns the command of the AWS SDK for Ruby of Debian 13, which knows more sources of credentials than that of 12. */
export function newerRuby(): string[] {
  return ['/usr/bin/ruby', '-I', join(newestFolder('ruby'), 'lib'), join(programs, 'ruby_client.rb')];
}

function python(): string {
  return join(newestFolder('python'), 'bin/python');
}

/** Returns a command that starts fast: most of a short run is loading classes. */
function java(name: string): string[] {
  const folder = newestFolder('jvm');
  const fast = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  return ['/usr/bin/java', ...fast, '-cp', `${folder}/classes:${folder}/lib/*`, name];
}
