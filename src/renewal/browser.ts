import { Loopback } from '../browser/loopback-server.ts';
import { openBrowser } from '../browser/open.ts';
import { Pages } from '../browser/pages.ts';
import { asDaypassError, type DaypassError } from '../errors.ts';
import { Provider } from '../oidc/provider.ts';
import { deferred } from '../process/deferred.ts';
import type { SignInRecord } from '../session/records.ts';
import { adoptSignIn, forget } from './adopt-sign-in.ts';
import { goOn, type RenewalContext, type Tab } from './context.ts';
import { Failed, withSignInHint } from './failed.ts';
import { loadStsAhead } from './load-sts-ahead.ts';
import { personDeadline } from './person-deadline.ts';
import { refuseWithoutPerson } from './refuse-without-person.ts';

/** Signs a person in through the browser (RFC 8252) and saves the sign-in; the tab waits for its page until all is done. */
export async function signInWithBrowser(
  context: RenewalContext,
  before: SignInRecord | undefined,
): Promise<SignInRecord> {
  const { settings } = context;
  refuseWithoutPerson(context);
  try {
    const pages = new Pages(settings);
    const [provider, loopback] = await prepare(context, pages);
    const tab: Tab = {
      delivered: loopback.delivered,
      close: () => loopback.close(),
      succeed: (details) => loopback.show(pages.signedIn(details)),
      fail: (report) => loopback.show(pages.failed(report)),
    };
    // RFC 8414 2: a provider that does not list methods may support PKCE all the same, and then it protects.
    if (!provider.metadata.code_challenge_methods_supported) context.log('pkce-not-advertised');
    return await signIn(context, provider, loopback, tab, before);
  } catch (error) {
    const fault = withSignInHint(asDaypassError(error), settings);
    // Where no tab was opened, the next try bothers nobody.
    throw new Failed(fault, 'sign-in', context.tab && 'everyone');
  }
}

/** Discovery and the listener at once; if one fails, the other leaves nothing behind. */
async function prepare(
  { settings, waiters, log }: RenewalContext,
  pages: Pages,
): Promise<[Provider, Loopback]> {
  const listening = Loopback.open({
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
  const { log, waiters } = context;
  const request = await provider.authorizationRequest(loopback.redirectUri);
  loopback.serve(request.url, request.state);
  waiters.onPaste = (address) => {
    log('pasted');
    return loopback.accept(address);
  };
  const parameters = await askPerson(context, loopback, tab, request.url);
  log('callback');
  const tokens = await provider.exchange(request, parameters);
  log('code-exchanged', { refreshToken: tokens.refreshToken !== undefined });
  const { reused } = loopback;
  if (reused) {
    await forget(provider, tokens);
    throw reused;
  }
  return await adoptSignIn(context, provider, tokens, before);
}

async function askPerson(
  context: RenewalContext,
  loopback: Loopback,
  tab: Tab,
  providerLink: string,
): Promise<URLSearchParams> {
  const { settings, waiters, umask, log, cancelled } = context;
  const { browser } = settings;
  const given = deferred<never>();
  const deadline = personDeadline(settings);
  let asking = true;
  const onFailure = (error: DaypassError) => {
    // A program that ends badly after it has led the person here has done its work, and the tab waits for its page.
    if (!asking) return;
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
    deadline.putOff();
    openOnce();
  };
  try {
    // Given up while the provider took its time: then no tab opens any more.
    await goOn(context);
    context.tab = tab;
    openOnce();
    waiters.announce({ link: loopback.link, browser: opened, providerLink });
    log('link', { browser: opened });
    loadStsAhead();
    return await Promise.race([loopback.callback, given.promise, deadline.passed, cancelled]);
  } finally {
    asking = false;
    deadline.stop();
    if (!context.tab) loopback.close();
  }
}
