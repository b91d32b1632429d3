// Secrets could leak: cases X01 to X08 of docs/threats.md. Every other fault case is a leak test too: it runs
// with the log on, and oracle O3 searches all that it leaves.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { DaypassError } from '../../src/errors.ts';
import { printable } from '../../src/terminal/printable.ts';
import { formatError } from '../../src/terminal/terminal.ts';
import { findSecrets } from '../support/canary.ts';
import { configSettles, knownCalls } from '../support/known-calls.ts';
import { logged, onlyRenewal } from '../support/logging-stage.ts';
import { later } from '../support/other-clock.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { recordWrites } from '../support/write-recorder.ts';
import { fault, faultOfPart, faults, notApplicable, type Stimulus } from './fault.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const secret = 'what-an-exception-carries-0123456789';

suite('secrets stay where they belong', { concurrency: 3 }, () => {
  fault('X01', 'the log of a sign-in and a refresh has every step and no secret', {
    session: true,
    inspect: (stage) => {
      for (const step of ['called', 'callback', 'code-exchanged', 'refreshing', 'sts-answered', 'outcome'])
        assert.ok(logged(stage, step).length > 0, step);
    },
  });
  exceptionsTellNothing();
  writesGoWhereTheyBelong();
  childrenAreGivenNone();
  packageAndPages();
});

function exceptionsTellNothing(): void {
  const hit = [
    ['fs.readFileSync', 1],
    ['JSON.stringify', 1],
    ['JSON.stringify', 2],
    ['Date.now', 1],
    ['crypto.createHash', 1],
    ['Object.freeze', 1],
    ['Object.entries', 1],
    ['Number.isFinite', 1],
    ['String.prototype.split', 1],
    ['String.prototype.startsWith', 1],
    ['String.prototype.slice', 1],
    ['RegExp.prototype.test', 1],
    ['RegExp.prototype.test', 8],
    ['RegExp.prototype.exec', 1],
    ['Array.prototype.map', 1],
    ['Array.prototype.filter', 1],
    ['Array.prototype.join', 1],
    ['Map.prototype.get', 1],
    ['Map.prototype.set', 1],
  ] as const;
  const miss = [
    ['fs.mkdirSync', 1],
    ['fs.lstatSync', 1],
    ['fs.readdirSync', 1],
    ['process.chdir', 1],
    ['net.connect', 1],
  ] as const;
  const known = [
    ['fs.readFileSync', 1],
    ['fs.openSync', 1],
    ['fs.fstatSync', 1],
    ['fs.closeSync', 1],
    ['process.dlopen', 1],
    ['JSON.parse', 1],
    ['JSON.parse', 2],
    ['JSON.stringify', 1],
    ['Date.now', 1],
    ['String.prototype.startsWith', 1],
    ['String.prototype.charCodeAt', 1],
    ['RegExp.prototype.test', 1],
    ['Array.prototype.join', 1],
    ['Array.prototype.every', 1],
    ['Math.imul', 1],
  ] as const;
  const preload = fileURLToPath(new URL('../support/throwing-part.cjs', import.meta.url));
  const throwing = (within: 'main' | 'respond', part: string, call: number) => ({
    NODE_OPTIONS: `--require "${preload}"`,
    THROWING_PART: part,
    THROWING_IN: within,
    THROWING_CALL: String(call),
    THROWING_SECRET: secret,
  });
  const recovered = (part: string, call: number): Stimulus => [
    'X02',
    `the hit of a known call recovers if call ${call} of ${part} throws`,
    {
      ...{ session: true, tokenRequests: 0, keys: { daypass_log: '' } },
      act: async (stage) => {
        await configSettles(stage);
        const whole = await stage.daypass();
        assert.notDeepEqual(knownCalls(stage), []);
        const mark = join(stage.sandbox.home, '..', `thrown-${part}-${call}`);
        const result = await stage.daypass([], { ...throwing('respond', part, call), THROWING_MARK: mark });
        assert.ok(existsSync(mark), `${part} is not used`);
        // The reader takes over.
        assert.deepEqual(result, whole);
        return result;
      },
    },
  ];
  const thrown = (part: string, call: number, hours: number): Stimulus => [
    'X02',
    `a ${hours ? 'miss' : 'hit'} reports a fixed text if call ${call} of ${part} throws`,
    {
      ...{ session: true, tokenRequests: 0 },
      act: async (stage) => {
        const env = { ...(hours ? later(`+${hours}h`) : {}), ...throwing('main', part, call) };
        const broken = await stage.daypass(['--non-interactive'], env);
        // If the function is not used any more, delete its row.
        assert.notEqual(broken.code, 0, `${part} is not used`);
        assert.equal(broken.stdout, '');
        assert.match(broken.stderr, /^daypass: [a-z-]+: [^\n]+\nhint: [^\n]+\n$/);
        assert.deepEqual(findSecrets({ stderr: broken.stderr, ...stage.sandbox.files() }, [secret]), []);
        return stage.daypass();
      },
    },
  ];
  faults(
    'exceptions in a cache hit',
    hit.map(([part, call]) => thrown(part, call, 0)),
  );
  faults(
    'exceptions in the hit of a known call',
    known.map(([part, call]) => recovered(part, call)),
  );
  for (const [part, call] of miss) fault(...thrown(part, call, 3));

  faultOfPart('X03', 'an error holds no secret in any textual form', () => {
    const cause = Object.assign(new Error(secret), { body: { refresh_token: secret } });
    const error = new DaypassError('bad-id-token', 'its signature is wrong', { hint: 'sign in', cause });
    const texts = {
      message: error.message,
      text: `${error}`,
      json: JSON.stringify(error),
      report: inspect(error.toReport()),
      told: formatError(error),
    };
    assert.deepEqual(findSecrets(texts, [secret]), []);
  });
  notApplicable(
    'X03',
    'records and settings are plain data: they go to the keychain and through the private pipe alone, and X04 shows where',
  );
}

function writesGoWhereTheyBelong(): void {
  const recorded = (what: string, hours: number, args: readonly string[]) =>
    fault('X04', what, {
      ...{ session: true, tokenRequests: hours ? 1 : 0 },
      act: async (stage) => {
        const recorder = recordWrites(stage, hours ? later(`+${hours}h`) : {});
        stage.hour += hours;
        try {
          const call = await recorder.run(args);
          const writes = recorder.writes();
          const secrets = [...stage.provider.secrets, ...stage.sts.secrets];
          const holding = writes.filter(({ data }) => findSecrets({ data }, secrets).length > 0);
          assert.ok(
            holding.some(({ descriptor }) => descriptor === 1),
            'credentials are written to stdout',
          );
          if (hours)
            assert.ok(holding.some(({ descriptor, target }) => descriptor > 2 && /^socket:/.test(target)));
          for (const { descriptor, target } of holding) {
            assert.notEqual(descriptor, 2);
            // Pipes and sockets lead to caller, keychain, provider, STS and daypass processes.
            assert.match(target, /^(socket|pipe):/, `descriptor ${descriptor}`);
          }
          return call;
        } finally {
          recorder.remove();
        }
      },
    });
  recorded('a hit writes secrets to stdout, pipes and sockets alone', 0, []);
  recorded('the processes of a refresh write secrets to stdout, pipes and sockets alone', 3, [
    '--non-interactive',
  ]);
}

function childrenAreGivenNone(): void {
  const given = {
    DAYPASS_CLIENT_SECRET: 'given-client-secret',
    AWS_SECRET_ACCESS_KEY: 'given-secret-access-key',
    AWS_SESSION_TOKEN: 'given-session-token',
    GITHUB_TOKEN: 'given-github-token',
    // NODE_OPTIONS could load code into the process that holds the tokens.
    NODE_OPTIONS: '--title=given-node-options',
  };
  fault('X05', 'child processes get no secret in their environment and command line', {
    act: async (stage) => {
      const running = stage.sandbox.start(['--profile', 'developer'], { env: given });
      const link = await stage.launcher.nextLink();
      const { pid } = await onlyRenewal(stage);
      const [launch] = stage.launcher.launches;
      const places = {
        environment: readFileSync(`/proc/${pid}/environ`),
        commandLine: readFileSync(`/proc/${pid}/cmdline`),
        browser: JSON.stringify(launch),
      };
      assert.deepEqual(findSecrets(places, Object.values(given)), []);
      const { body } = await signInOverHttp(link);
      return { ...(await running.exit), seen: { body } };
    },
  });
}

function packageAndPages(): void {
  faultOfPart('X06', 'the published package contains no test and no key', () => {
    // The package's scripts would rebuild dist/ while other tests use it.
    const pack = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'];
    const [{ files }] = JSON.parse(execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }));
    const paths: string[] = files.map(({ path }: { path: string }) => path);
    const rightful =
      /^(dist\/[\w-]+\.[cm]js(\.map)?|docs\/[\w/-]+\.md|launcher\/daypass|man\/daypass\.1|views\/[\w.-]+|README\.md|LICENSE|SECURITY\.md|package\.json)$/;
    assert.deepEqual(
      paths.filter((path) => !rightful.test(path)),
      [],
    );
    for (const path of paths) {
      const text = readFileSync(join(root, path), 'latin1');
      // AWS marks the key IDs of its documentation with this word.
      assert.doesNotMatch(
        text,
        /-----BEGIN [A-Z ]*PRIVATE KEY|\b(AKIA|ASIA)(?!\w+EXAMPLE\b)[A-Z0-9]{16}\b/,
        path,
      );
    }
  });
  faultOfPart('X07', 'SECURITY.md states that a core dump holds secrets', () => {
    assert.match(readFileSync(join(root, 'SECURITY.md'), 'utf8'), /core dump/i);
  });
  faultOfPart('X07', 'no part of daypass asks for a core dump', () => {
    const parts = readdirSync(join(root, 'dist')).filter((name) => /\.[cm]?js$/.test(name));
    assert.notEqual(parts.length, 0);
    for (const name of parts) {
      const text = readFileSync(join(root, 'dist', name), 'utf8');
      assert.doesNotMatch(text, /process\.abort\(|abort-on-uncaught-exception|generateCoreFile/, name);
    }
  });
  faultOfPart('X08', 'the text cleaner removes every control character of 10,000 random texts', () => {
    for (let round = 0; round < 10_000; round++) {
      const bytes = randomBytes(1 + (round % 120));
      for (const text of [bytes.toString('utf8'), bytes.toString('utf16le'), bytes.toString('latin1')]) {
        const clean = printable(text);
        assert.doesNotMatch(clean, /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u, bytes.toString('hex'));
        assert.ok(clean.isWellFormed() && [...clean].length <= 301);
      }
    }
  });
}
