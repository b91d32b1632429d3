// What daypass asks of a provider, and whom it names: cases T08 to T11 of docs/threats.md.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { jsonError } from '../support/bad-answers.ts';
import { type Case, type FaultStage, fault, signIn } from './fault.ts';

suite('requests of a sign-in', { concurrency: 4 }, () => {
  sessionNames();
  scopes();
  loginHints();
  completeAddresses();
});

/** ID tokens of Entra (scopes `openid email` and `profile`) and AD FS have no email, but other names. */
function sessionNames(): void {
  const named = (claims: Record<string, unknown>, name: string, more: Case = {}): Case => ({
    arrange: ({ provider }) => {
      provider.token = (form) => provider.tokens(form, { claims });
    },
    inspect: (stage) => assert.equal(stage.sts.calls.at(-1)?.sessionName, name),
    ...more,
  });
  const entra = { preferred_username: 'ada@contoso.com', name: 'Ada Lovelace', oid: '1-2-3' };
  const adfs = { upn: 'ada@corp.example', unique_name: 'CORP\\ada' };
  fault('T08', 'the session has the name by which Entra knows the person', named(entra, 'ada@contoso.com'));
  fault('T08', 'the session has the name by which AD FS knows the person', named(adfs, 'ada@corp.example'));
  fault(
    'T08',
    'a domain and a user name stay readable',
    named({ unique_name: 'CORP\\ada' }, 'CORP-ada', {
      act: async (stage) => {
        const call = await signIn(stage);
        assert.match((await stage.daypass(['status'])).stdout, /CORP\\ada/);
        return call;
      },
    }),
  );
  const claim = (name: string): Case => ({
    act: (stage) => signIn(stage, ['--session-name', `{${name}}`]),
  });
  fault('T08', 'daypass_session_name names a claim', named(entra, '1-2-3', claim('oid')));
  fault('T08', 'a claim that is a number names the session', named({ uid: 1234 }, '1234', claim('uid')));
  for (const [what, value] of [
    ['is missing', undefined],
    ['is a list', ['a', 'b']],
    ['is empty', ''],
  ] as const) {
    const refused: Case = {
      ...claim('team'),
      ...{ error: 'bad-configuration', text: /claim team, which daypass_session_name names/ },
      inspect: ({ sts }) => assert.equal(sts.calls.length, 0),
    };
    fault('T08', `daypass says which claim ${what}`, named({ team: value }, '', refused));
  }
  for (const name of ['constructor', '__proto__'])
    fault('T08', `only a claim of the token is one: ${name}`, {
      ...claim(name),
      ...{ error: 'bad-configuration', text: /has no text in the claim/ },
    });
}

/** A client that may not have every scope. https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1 */
function scopes(): void {
  const asked = new WeakMap<FaultStage, string[]>();
  const allowed = (stage: FaultStage, only: string[]): void => {
    const { provider } = stage;
    const requests: string[] = [];
    asked.set(stage, requests);
    provider.metadata = { ...provider.metadata, scopes_supported: ['openid', 'offline_access'] };
    const refuses = (scope: string | null): boolean => {
      requests.push(scope ?? '');
      return !(scope ?? '').split(' ').every((each) => only.includes(each));
    };
    provider.authorize = (parameters, honest) => {
      if (!refuses(parameters.get('scope'))) return honest;
      const location = new URL(parameters.get('redirect_uri') ?? '');
      location.searchParams.set('error', 'invalid_scope');
      location.searchParams.set('state', parameters.get('state') ?? '');
      return { status: 302, headers: { location: location.href } };
    };
    provider.device = (honest, scope) => (refuses(scope) ? jsonError('invalid_scope') : { body: honest });
  };
  const all = ['openid email offline_access', 'openid email', 'openid'];
  const were = (expected: string[]) => (stage: FaultStage) =>
    assert.deepEqual(asked.get(stage), expected, 'the scopes of each request');
  fault('T09', 'daypass asks once more without offline_access, in the same tab', {
    arrange: (stage) => allowed(stage, ['openid', 'email']),
    inspect: were(all.slice(0, 2)),
  });
  fault('T09', 'daypass asks without email too', {
    arrange: (stage) => allowed(stage, ['openid']),
    inspect: were(all),
  });
  fault('T09', 'the provider may refuse openid alone as well', {
    ...{ error: 'provider-failed', text: /invalid_scope/ },
    arrange: (stage) => allowed(stage, []),
    inspect: were(all),
  });
  fault('T09', 'a configured scope is never left out', {
    ...{
      error: 'provider-failed',
      text: /invalid_scope.*\n.*these scopes/,
      keys: { daypass_scopes: 'openid groups' },
    },
    arrange: (stage) => allowed(stage, ['openid']),
    inspect: were(['openid groups']),
  });
  fault('T09', 'daypass asks once more for a device code', {
    ...{ tabs: 0, prints: /Signed in/ },
    arrange: (stage) => allowed(stage, ['openid', 'email']),
    act: (stage) => stage.daypass(['login', '--device-code']),
    inspect: were(all.slice(0, 2)),
  });
}

function loginHints(): void {
  const hints = ({ provider }: FaultStage) =>
    provider.requests
      .filter((path) => path.startsWith('/authorize'))
      .map((path) => new URL(path, provider.issuer).searchParams.get('login_hint'));
  /** Signs in, lets the refresh token die, and signs in again as `args` say. */
  const twice = (args: string[], expected: (string | null)[], keys: Record<string, string> = {}): Case => ({
    ...{ keys, session: true, tabs: 1, tokenRequests: 2 },
    prepare: ({ provider }) => {
      provider.token = (form) =>
        form.has('refresh_token')
          ? jsonError('invalid_grant')
          : provider.tokens(form, { claims: { email: 'ada@mail.example', upn: 'ada@corp.example' } });
    },
    act: async (stage) => {
      stage.hour += 3;
      const call = await signIn(stage, args);
      assert.deepEqual(hints(stage), expected);
      return call;
    },
    ...(args.includes('login') ? { prints: /Signed in/ } : {}),
  });
  fault('T10', 'a sign-in after the session names the account', twice([], [null, 'ada@corp.example']));
  fault('T10', 'login --force leaves the choice', twice(['login', '--force'], [null, null]));
  fault(
    'T10',
    'the login_hint of the profile wins',
    twice([], ['bob', 'bob'], { daypass_authorize_params: 'login_hint=bob' }),
  );
}

function completeAddresses(): void {
  const act = (stage: FaultStage) => stage.daypass(['login', '--device-code']);
  const shown = (what: string, complete: unknown, text: RegExp): void =>
    fault('T11', `the address of a device code ${what}`, {
      ...{ act, tabs: 0, prints: text },
      arrange: ({ provider }) => {
        provider.device = (honest) => ({ body: { ...honest, verification_uri_complete: complete } });
      },
    });
  const typed =
    /open this link:\n {2}http:\S+\/approve\n {2}and type in this code, there and nowhere else: ABCD-EFGH\n/;
  shown(
    'has the code',
    'https://idp.example/device?user_code=ABCD-EFGH',
    /open this link:\n {2}https:\/\/idp\.example\/device\?user_code=ABCD-EFGH\n {2}and confirm there that the code is ABCD-EFGH\n/,
  );
  shown(
    'has the code in another spelling',
    'https://idp.example/?code=abcdefgh',
    /\?code=abcdefgh\n {2}and confirm/,
  );
  shown('has another value', 'https://idp.example/?t=1a2b', /\?t=1a2b\n {2}and type in this code/);
  for (const unsafe of [
    'javascript:alert(1)',
    'http://idp.example/?user_code=ABCD-EFGH',
    'https://a@idp.example/',
  ])
    shown(`is not used if it is ${unsafe}`, unsafe, typed);
}
