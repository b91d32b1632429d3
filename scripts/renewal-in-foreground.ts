// Runs one renewal in the foreground under Node's inspector, for those who work on it:
//   npm run build && npx tsx scripts/renewal-in-foreground.ts --profile developer [--force]
// Then open chrome://inspect, or attach an editor; the source maps lead to src/. It prints each message that the renewal sends to its caller,
// without credentials. The environment and the AWS config file are those of the shell.
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { presence } from '../src/browser/presence.ts';
import { homeDirectory } from '../src/process/home-directory.ts';
import { onMessages, send, type ToReader } from '../src/request/protocol.ts';
import { sessionKeys } from '../src/session/keys.ts';
import { parseArguments } from '../src/settings/arguments.ts';
import { loadSettings } from '../src/settings/settings.ts';
import { stateDirectory } from '../src/state/directory.ts';

const { env } = process;
const home = homeDirectory(env);
const force = process.argv.includes('--force');
const { flags } = parseArguments(process.argv.slice(2).filter((word) => word !== '--force'));
const settings = loadSettings({ flags, env, home });

const renewal = join(import.meta.dirname, '../dist/renewal.cjs');
const child = spawn(process.execPath, ['--inspect-brk', '--enable-source-maps', renewal], {
  stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
});
const pipe = child.stdio[3] as Socket;
onMessages<ToReader>(pipe, (message) => {
  const shown = message.type === 'outcome' ? message.outcome : message;
  console.log(JSON.stringify(shown));
});
const { interactive, desktop, terminal } = presence(settings, env);
send(pipe, {
  type: 'start',
  settings,
  stateDirectory: stateDirectory(env, home),
  join: { credentials: sessionKeys(settings).credentials, interactive, desktop, terminal },
  force,
});
child.once('exit', (code) => {
  console.log(`the renewal ended with exit code ${code}`);
});
