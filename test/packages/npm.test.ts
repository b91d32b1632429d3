// The npm package: packed, installed from a registry in an empty prefix by an ordinary user, compared with
// package-lock.json, and used.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { type Lock, shrinkwrapOf } from '../../scripts/packages/shrinkwrap.mjs';
import { accountTest } from '../support/accounts.ts';
import { npmProgram } from '../support/sandbox.ts';
import { root, version } from './built.ts';
import { startRegistry } from './registry.ts';
import { openSession, tryFirstCalls, tryHit, tryLogout } from './session.ts';

const folder = mkdtempSync(join(tmpdir(), 'daypass-npm-package-'));
after(() => rmSync(folder, { recursive: true }));
chmodSync(folder, 0o755);

const setting = (name: string) =>
  execFileSync('npm', ['config', 'get', name], { cwd: root, encoding: 'utf8' }).trim();

/** Runs npm to its end, while this process serves its registry. */
const execute = promisify(execFile);

/** Returns every package below the folder, by its path there, with its version. */
function installedBelow(path: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (below: string) => {
    const names = existsSync(join(path, below)) ? readdirSync(join(path, below)) : [];
    for (const name of names.filter((each) => !each.startsWith('.'))) {
      const place = `${below}/${name}`;
      if (name.startsWith('@')) visit(place);
      else {
        found[place] = JSON.parse(readFileSync(join(path, place, 'package.json'), 'utf8')).version;
        visit(`${place}/node_modules`);
      }
    }
  };
  visit('node_modules');
  return found;
}

accountTest(
  'an ordinary user installs the packed package as package-lock.json says, signs in, upgrades and uninstalls',
  async (t, { victim }) => {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    assert.ok(!existsSync(join(root, 'npm-shrinkwrap.json')), 'the checkout keeps package-lock.json alone');
    const tarball = join(folder, `daypass-${version}.tgz`);
    chmodSync(tarball, 0o644);

    const { uid, gid } = victim;
    const home = mkdtempSync(join(victim.home, 'npm-'));
    chownSync(home, uid, gid);
    const env = { HOME: home, PATH: `${home}/.local/bin:${npmProgram.path}` };
    const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const authorities = setting('cafile');
    const registry = await startRegistry(about, tarball, {
      upstream: setting('registry'),
      authorities: /^(null|)$/.test(authorities) ? undefined : readFileSync(authorities, 'utf8'),
    });
    t.after(() => registry.stop());
    const npm = (...words: string[]) =>
      execute('npm', [...words, '--global', '--prefix', `${home}/.local`, '--no-audit', '--no-fund'], {
        ...{ cwd: home, env: { ...env, npm_config_registry: registry.url }, uid, gid, timeout: 400_000 },
      });
    const began = performance.now();
    await npm('install', 'daypass');
    const installed = join(home, '.local/lib/node_modules/daypass');
    const lock: Lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    const { packages } = shrinkwrapOf(lock);
    const locked = Object.entries(packages).filter(([path]) => path !== '');
    assert.deepEqual(
      installedBelow(installed),
      Object.fromEntries(locked.map(([path, { version }]) => [path, version])),
    );
    assert.deepEqual(
      readdirSync(join(home, '.local/lib/node_modules')).filter((name) => !name.startsWith('.')),
      ['daypass'],
    );
    for (const part of ['src', 'test', 'scripts', 'package-lock.json'])
      assert.ok(!existsSync(join(installed, part)), part);

    const page = join(home, '.local/share/man/man1/daypass.1');
    assert.ok(existsSync(page));

    const words = [join(home, '.local/bin/daypass')];
    const session = await openSession(t, { words, home, ids: { uid, gid }, env });
    const printed = await tryFirstCalls(session, began);
    // An upgrade replaces the folder.
    await npm('install', '--prefer-offline', 'daypass@latest');
    await tryHit(session, printed);
    await tryLogout(session);
    await npm('uninstall', 'daypass');
    assert.deepEqual(
      [words[0] ?? '', installed, page].filter((path) => existsSync(path)),
      [],
    );
  },
);
