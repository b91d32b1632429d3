// The requests of another account to the listener of a victim's sign-in, and their answers.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type AccountStage, openAccountStage } from './account-stage.ts';
import type { Accounts, Actor } from './accounts.ts';
import type { Running } from './sandbox.ts';

/** The parts of a link of daypass. */
export interface Link {
  link: string;
  port: number;
  host: string;
  path: string;
}

export function parsedLink(link: string): Link {
  const { port, host, pathname } = new URL(link);
  return { link, port: Number(port), host, path: pathname };
}

/** Returns the request of a browser, whole or only its beginning. */
export function browserRequest({ host }: Link, target: string, cookie = ''): string {
  const headers = ['Accept: text/html', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'];
  const cookies = cookie ? [`Cookie: ${cookie}`] : [];
  return `${[`GET ${target} HTTP/1.1`, `Host: ${host}`, ...headers, ...cookies].join('\r\n')}\r\n\r\n`;
}

/** An answer of the listener. */
export interface Answer {
  status: number;
  location?: string;
  cookie?: string;
  raw: string;
}

export function answerOf(raw: string): Answer {
  const location = /^location: (.*)\r$/im.exec(raw)?.[1];
  const cookie = /^set-cookie: ([^;\r]*)/im.exec(raw)?.[1];
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(raw)?.[1] ?? 0),
    ...(location ? { location } : {}),
    ...(cookie ? { cookie } : {}),
    raw,
  };
}

/** Sends a browser's request from an account. */
export async function ask(actor: Actor, link: Link, target = link.path, cookie = ''): Promise<Answer> {
  const text = browserRequest(link, target, cookie);
  return answerOf(await actor.do('send', { port: link.port, text }));
}

/** Takes the link of the victim from the arguments of a process, as any user of the machine can. */
export async function stolenLink(actor: Actor, { victim }: Accounts, path: 'start' | 'open'): Promise<Link> {
  return parsedLink(await actor.do('findLink', { uid: victim.uid, path }));
}

/** A sign-in of the victim that waits for its browser. */
export interface WaitingSignIn {
  stage: AccountStage;
  attacker: Actor;
  /** The victim's own browser. */
  person: Actor;
  /** The link, as the attacker has read it. */
  link: Link;
  call: Running;
  /** Waits for the end of the call. Asserts that the victim is signed in, and no other person. */
  assertSignedIn(page: Visit): Promise<void>;
}

/** What a browser saw at the end. */
export interface Visit {
  status: number;
  url: string;
  body: string;
  seen: { url: string; status: number }[];
}

/** Starts a call of the victim, and has the attacker read its link. */
export async function openSignIn(t: TestContext, accounts: Accounts): Promise<WaitingSignIn> {
  const stage = await openAccountStage(t, accounts);
  const [attacker, person] = [await stage.actor(accounts.attacker), await stage.actor(accounts.victim)];
  const release = stage.launcher.hold();
  const call = stage.start();
  const link = await stolenLink(attacker, accounts, 'start');
  release();
  return {
    ...{ stage, attacker, person, link, call },
    async assertSignedIn(page) {
      const { code, stdout, stderr } = await call.exit;
      const identity = await stage.identity();
      assert.notEqual(identity, 'mallory@example.com', 'the attacker signed in for the victim');
      assert.match(page.body, /Signed in/, `the browser ended with ${page.status}: ${pageText(page.body)}`);
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).Version, 1);
      assert.equal(identity, 'ada@example.com');
    },
  };
}

/** What the attacker knows in the worst case: the cookie, and the callback with a code of his own account. */
export interface Loot {
  cookie: string;
  callback: string;
  /** The victim's own callback, which the browser has not requested yet. */
  own: string;
}

/**
 * Opens the link in the victim's browser, which then visits a listener of the attacker on another port:
 * cookies ignore ports. The attacker also gets the authorization request, and signs in there with an account
 * of his own.
 */
export async function loot({ person, attacker, link }: WaitingSignIn): Promise<Loot> {
  const { url: own, location } = await person.do('browse', { url: link.link, stops: true });
  await person.do('browse', { url: `http://127.0.0.1:${await attacker.do('listen')}/` });
  const heard: string[] = await attacker.do('heard');
  const cookie = heard.join('; ').match(/daypass-[^;]*/)?.[0];
  assert.ok(cookie, `the browser brought no cookie of daypass: ${heard}`);
  const { url: callback } = await attacker.do('browse', { url: location, login: 'mallory', stops: true });
  const path = (url: string) => `${new URL(url).pathname}${new URL(url).search}`;
  return { cookie, callback: path(callback), own };
}

/** Returns what a person reads on a page. */
export function pageText(html: string): string {
  return html
    .replace(/<(style|svg|head)\b.*?<\/\1>/gs, '')
    .replace(/<wbr>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
