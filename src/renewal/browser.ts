import type { Loopback } from '../browser/loopback-server.ts';
import { openBrowser } from '../browser/open.ts';
import { Pages } from '../browser/pages.ts';
import type { DaypassError } from '../errors.ts';
import { type Foreign, foreignReason, peerFacts } from '../loopback/peer-gate.ts';
import { Provider, type Tokens } from '../oidc/provider.ts';
import { deferred } from '../process/deferred.ts';
import { providerPageAdvice } from '../request/provider-page-advice.ts';
import { loginHint } from '../request/sign-in-needed.ts';
import type { Settings } from '../settings/settings.ts';
import { revokeUnsaved } from './adopt-sign-in.ts';
import { loadStsAhead, type RenewalContext, type Tab, throwIfCancelled } from './context.ts';
import { personDeadline } from './person-deadline.ts';
import { openListener } from './redirect-port.ts';

/** Lets a person sign in with the browser (RFC 8252). Throws a DaypassError. */
export async function askPerson(context: RenewalContext): Promise<[Provider, Tokens]> {
  const { settings, waiters, log } = context;
  const pages = new Pages(settings);
  const [provider, loopback] = await prepare(context, pages);
  // RFC 8414 2: a provider that lists no methods may support PKCE nevertheless, and then PKCE protects.
  if (!provider.metadata.code_challenge_methods_supported) log('pkce-not-advertised');
  const request = await provider.authorizationRequest(loopback.redirectUri, context.accountHint);
  const { issuer, authorization_response_iss_parameter_supported: sendsIssuer } = provider.metadata;
  const expected = { state: request.state, issuer, sendsIssuer: sendsIssuer === true };
  loopback.serve(request.url, expected, (url, error) => provider.withFewerScopes(url, error));
  waiters.onPaste = (address) => {
    log('pasted');
    return loopback.accept(address);
  };
  const parameters = await callback(context, { loopback, pages }, request.url);
  log('callback');
  const tokens = await provider.exchange(request, parameters);
  log('code-exchanged', { refreshToken: tokens.refreshToken !== undefined });
  const { reused } = loopback;
  if (reused) {
    await revokeUnsaved(provider, tokens.refreshToken);
    throw reused;
  }
  return [provider, tokens];
}

/** Runs discovery and opens the listener at the same time. If one fails, the listener is closed. */
async function prepare(context: RenewalContext, pages: Pages): Promise<[Provider, Loopback]> {
  const { settings, waiters, log } = context;
  const listening = openListener(context, {
    host: settings.redirectHost,
    ports: settings.redirectPorts,
    path: settings.redirectPath,
    pages,
    onStray: (remark) => {
      log('stranger');
      waiters.remark(remark);
    },
    onElsewhere: () => {
      log('callback-elsewhere');
      waiters.remark(elsewhereRemark(settings), { asksAddress: true });
    },
    onTls: () => {
      log('tls');
      waiters.remark(tlsRemark(settings));
    },
    onPeer: (peer) => {
      log('peer', peerFacts(peer));
      if (peer.kind === 'foreign') waiters.remark(foreignRemark(peer, settings));
    },
  });
  try {
    return await Promise.all([Provider.discover(settings), listening]);
  } catch (error) {
    listening.then((loopback) => loopback.close()).catch(() => {});
    throw error;
  }
}

/** Milliseconds in which a browser that was started must open the link. After them, a remark has the link. */
const openingPatience = 15_000;

/** Milliseconds after which a person who opened the link hears of faults that the provider may show. */
const adviceDelay = 45_000;

/** Returns what the person on the terminal must know of an answer from another browser, container or profile. */
function elsewhereRemark({ signInFlags }: Settings): string {
  return `an answer to this sign-in came from a browser, container or profile that did not open its link, and daypass rejected it; if you signed in there yourself, run: daypass login ${signInFlags}, and paste there the address of the page that it ended at`;
}

/** Returns what the person must know of a browser that uses https for the redirect address. */
function tlsRemark({ redirectHost }: Settings): string {
  const policy =
    redirectHost === 'localhost'
      ? ', and delete its stored https rule for localhost (chrome://net-internals/#hsts)'
      : '';
  return `a program began TLS at the address of this sign-in, which begins with http://; if it was your browser, switch off its HTTPS-only mode for ${redirectHost}${policy}`;
}

/** Returns what the person on the terminal must know of a browser of another account. */
function foreignRemark(peer: Foreign, { browser, signInFlags }: Settings): string {
  const address = 'the address at which your browser ends';
  const way =
    browser === 'none'
      ? `paste ${address} into: daypass login ${signInFlags}`
      : `run: daypass login --browser none ${signInFlags}, open the address that it prints, and paste there ${address}`;
  return `${foreignReason(peer)}, so it was rejected; if both accounts are yours, ${way}`;
}

/** Returns the remark about a browser that has not opened the link. */
function unopenedRemark(link: string): string {
  return `no browser has opened the link of this sign-in, which still waits; open it yourself: ${link}`;
}

/** Opens the browser, or has the link printed, and returns the parameters of the callback. */
async function callback(context: RenewalContext, tab: Tab, providerLink: string): Promise<URLSearchParams> {
  const { loopback } = tab;
  const { settings, waiters, umask, log, cancelled } = context;
  const { browser } = settings;
  const given = deferred<never>();
  const advice = providerPageAdvice(settings, loopback.link);
  let came = false;
  const again = { ...loginHint(settings), advice: `${advice}; to try again` };
  const deadline = personDeadline(() => (came ? again : undefined));
  let asking = true;
  let adviceTimer: NodeJS.Timeout | undefined;
  let deadTimer: NodeJS.Timeout | undefined;
  void loopback.opened.then(() => {
    log('link-opened');
    came = true;
    clearTimeout(deadTimer);
    if (asking) adviceTimer = setTimeout(() => waiters.remark(advice, { stands: true }), adviceDelay);
  });
  const onFailure = (error: DaypassError) => {
    // The browser program has done its work once the callback came, and the tab waits for its page.
    if (!asking) return;
    clearTimeout(deadTimer);
    log('browser-not-started');
    // A person with a terminal can still open the link. Without a terminal the caller must get the error.
    if (waiters.anyTerminal) return waiters.remark(error.message);
    delete context.tab;
    given.reject(error);
  };
  let opened = false;
  // The first caller may have only a terminal, so the tab opens when a caller with a desktop comes.
  const openOnce = () => {
    if (opened || browser === 'none' || !waiters.anyDesktop) return;
    opened = true;
    // An opener such as xdg-open ends well although the browser behind it has died.
    const tellUnopened = () => {
      log('link-unopened');
      waiters.remark(unopenedRemark(loopback.link));
    };
    if (!came) deadTimer = setTimeout(tellUnopened, openingPatience);
    openBrowser(browser, loopback.link, { umask, onFailure }).catch(onFailure);
    log('browser');
  };
  waiters.onInteractive = () => {
    deadline.putOff();
    openOnce();
  };
  try {
    // Open no tab if the sign-in was cancelled during discovery.
    await throwIfCancelled(context);
    context.tab = tab;
    openOnce();
    waiters.announce({ link: loopback.link, browser: opened, providerLink, reason: context.reason });
    log('link', { browser: opened });
    loadStsAhead();
    return await Promise.race([loopback.callback, given.promise, deadline.passed, cancelled]);
  } finally {
    asking = false;
    clearTimeout(adviceTimer);
    clearTimeout(deadTimer);
    deadline.stop();
    if (!context.tab) loopback.close();
  }
}
