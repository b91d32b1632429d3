import { environmentOf } from './variables.ts';

/**
 * Options that neither run code nor print. The launcher keeps these of NODE_OPTIONS, by the same list, and
 * drops every other, because new versions of Node add options. OpenSSL's stay: FIPS needs them.
 */
const harmless = new RegExp(
  `^--(${[
    'max-(old-space-size|semi-space-size|http-header-size)=.+',
    'use-(openssl-ca|bundled-ca|system-ca|env-proxy)',
    'tls-(cipher-list=.+|(min|max)-v1\\.\\d)',
    'dns-result-order=.+',
    '(no-)?network-family-autoselection',
    'network-family-autoselection-attempt-timeout=.+',
    '(enable|force)-fips',
    'openssl-(config=.+|shared-config|legacy-provider)',
    'no-(warnings|deprecation)',
    'disable-warning=.+',
  ].join('|')})$`,
);

/** The launcher keeps the caller's own NODE_OPTIONS in this variable. */
const before = 'DAYPASS_NODE_OPTIONS';

/** Returns the names of the options in NODE_OPTIONS that may run code or print, without their values. */
export function riskyNodeOptions({ NODE_OPTIONS = '' }: NodeJS.ProcessEnv): string[] {
  const words = NODE_OPTIONS.split(/\s+/).filter((word) => !isHarmless(word));
  const names = words.flatMap((word) => /^"?(--?[a-z][\w-]*)/i.exec(word)?.[1] ?? []);
  return [...new Set(names)];
}

function isHarmless(word: string): boolean {
  const [name = '', ...value] = word.split('=');
  // Node reads _ as -. A word with a quote may be a part of another option.
  return /^[\w.,:=/+-]*$/.test(word) && harmless.test([name.replaceAll('_', '-'), ...value].join('='));
}

/** Variables of Bun's engine and of its libraries, which find them by names that the build does not take out. */
const engine =
  /^(BUN_JSC_.*|MIMALLOC_.*|JSC_SIGNAL_FOR_GC|SIMDUTF_FORCE_IMPLEMENTATION|WTF_numberOfProcessorCores)$/i;

/** Returns the variables that set options of Bun's engine and of its libraries. */
export function engineOptions(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env).filter((name) => engine.test(name));
}

/** Returns the environment as it was before the launcher: for the command of `exec`. */
export function callersEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const callers = environmentOf(Object.entries(env));
  const options = callers[before];
  delete callers[before];
  if (options !== undefined) callers.NODE_OPTIONS = options;
  return callers;
}
