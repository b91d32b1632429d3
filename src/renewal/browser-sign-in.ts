import { deferred } from '../deferred.ts';
import { asDaypassError, DaypassError } from '../errors.ts';
import { openBrowser } from '../oidc/browser.ts';
import { type Loopback, openLoopback } from '../oidc/loopback-server.ts';
import { Pages } from '../oidc/pages.ts';
import { Provider, type Tokens } from '../oidc/provider.ts';
import type { SignInRecord } from '../session/records.ts';
import { Failed } from './failed.ts';
import type { RenewalContext, Tab } from './renewal-context.ts';
import { signInNeeded } from './sign-in-needed.ts';
import { newSignIn } from './sign-in-record.ts';

/** A person gets this long after the last caller came that could show a link. */
const patience = 300_000;

/** Signs a person in through the browser (RFC 8252) and saves the sign-in; the tab waits for its page until all is done. */
export async function signInWithBrowser(
  context: RenewalContext,
  before: SignInRecord | undefined,
): Promise<SignInRecord> {
  const { settings, keys, waiters } = context;
  const needed = signInNeeded(settings);
  if (!waiters.anyInteractive) throw new Failed(needed, 'no-browser', 'silent');
  waiters.refuseNonInteractive({
    ok: false,
    scope: 'no-browser',
    credentials: keys.credentials,
    error: needed.toReport(),
  });
  try {
    const pages = new Pages(settings);
    const [provider, loopback] = await prepare(context, pages);
    const tab: Tab = {
      ...loopback,
      succeed: (details) => loopback.show(pages.signedIn(details)),
      fail: (report) => loopback.show(pages.failed(report)),
    };
    // RFC 8414 2: a provider that does not list methods may support PKCE all the same, and then it protects.
    if (!provider.metadata.code_challenge_methods_supported) context.log('pkce-not-advertised');
    return await signIn(context, provider, loopback, tab, before);
  } catch (error) {
    const fault = withHint(asDaypassError(error), settings.signInFlags);
    // Where no tab was opened, the next try bothers nobody.
    throw new Failed(fault, 'sign-in', context.tab && 'everyone');
  }
}

/** Discovery and the listener at once; if one fails, the other leaves nothing behind. */
async function prepare(
  { settings, waiters, log }: RenewalContext,
  pages: Pages,
): Promise<[Provider, Loopback]> {
  const listening = openLoopback({
    host: settings.redirectHost,
    ports: settings.redirectPorts,
    path: settings.redirectPath,
    pages,
    onStranger: () => {
      log('stranger');
      waiters.remark('an answer to this sign-in came from elsewhere than its browser, and was refused');
    },
  });
  try {
    return await Promise.all([Provider.discover(settings), listening]);
  } catch (error) {
    listening.then((loopback) => loopback.close()).catch(() => {});
    throw error;
  }
}

async function signIn(
  context: RenewalContext,
  provider: Provider,
  loopback: Loopback,
  tab: Tab,
  before: SignInRecord | undefined,
): Promise<SignInRecord> {
  const { settings, store, writer, force, log } = context;
  const request = await provider.authorizationRequest(loopback.redirectUri);
  loopback.serve(request.url, request.state);
  const parameters = await askPerson(context, loopback, tab);
  log('callback');
  const tokens = await provider.exchange(request, parameters);
  log('code-exchanged', { refreshToken: tokens.refreshToken !== undefined });
  const reused = loopback.reused();
  if (reused) {
    await forget(provider, tokens);
    throw reused;
  }
  const changed = before !== undefined && before.sub !== tokens.claims.sub;
  if (changed && !force) {
    await forget(provider, tokens);
    throw new DaypassError(
      'identity-changed',
      `this session belongs to ${before.name}, and somebody else signed in`,
      {
        hint: `to change the person, run: daypass login --force ${settings.signInFlags}`,
      },
    );
  }
  // Credentials of the person before must not be handed out any more, whatever the role.
  for (const account of changed ? before.credentials : []) await store.delete(account);
  const record = newSignIn(settings, tokens, provider.clockSkew, changed ? undefined : before);
  await writer.saveSignIn(record);
  return record;
}

async function askPerson(context: RenewalContext, loopback: Loopback, tab: Tab): Promise<URLSearchParams> {
  const { settings, waiters, umask, log, cancelled } = context;
  const { browser, signInFlags } = settings;
  const given = deferred<never>();
  const timer = setTimeout(() => {
    given.reject(
      new DaypassError('sign-in-timeout', 'nobody signed in within 5 minutes', {
        hint: `run: daypass login ${signInFlags}`,
      }),
    );
  }, patience);
  const onFailure = (error: DaypassError) => {
    log('browser-not-started');
    // A person who sees the link can open it by hand; one who sees nothing must be told now.
    if (waiters.anyTerminal) return waiters.remark(error.message);
    delete context.tab;
    given.reject(error);
  };
  let opened = false;
  // Whoever came first may have had a terminal alone; a tab opens as soon as somebody sits at a desktop.
  const openOnce = () => {
    const opens = browser !== 'none' && (waiters.anyDesktop || browser !== undefined);
    if (opened || !opens) return;
    opened = true;
    openBrowser(browser, loopback.link, { umask, onFailure }).catch(onFailure);
    log('browser');
  };
  waiters.onInteractive = () => {
    timer.refresh();
    openOnce();
  };
  try {
    // Given up while the provider took its time: then no tab opens any more.
    await Promise.race([cancelled, Promise.resolve()]);
    context.tab = tab;
    openOnce();
    waiters.announce(loopback.link, opened);
    log('link', { browser: opened });
    return await Promise.race([loopback.callback, given.promise, cancelled]);
  } finally {
    clearTimeout(timer);
    if (!context.tab) loopback.close();
  }
}

/** The tokens of the wrong person are not kept, and not left alive either where the provider allows it. */
async function forget(provider: Provider, { refreshToken }: Tokens): Promise<void> {
  if (refreshToken) await provider.revoke(refreshToken).catch(() => {});
}

function withHint({ code, faults, hint, cause }: DaypassError, signInFlags: string): DaypassError {
  return new DaypassError(code, faults, { hint: hint ?? `run: daypass login ${signInFlags}`, cause });
}
