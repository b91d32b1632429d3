// @ts-check
// A `--browser` program that signs in without a person: node sign-in-program.mjs [--deny] [--login NAME] [--provider-at PORT] LINK
import { parseArgs } from 'node:util';
import { signInOverHttp } from './sign-in-over-http.mjs';

const { values, positionals } = parseArgs({
  options: { deny: { type: 'boolean' }, login: { type: 'string' }, 'provider-at': { type: 'string' } },
  allowPositionals: true,
});
await signInOverHttp(positionals[0] ?? '', {
  decision: values.deny ? 'deny' : 'allow',
  ...(values.login ? { login: values.login } : {}),
  ...(values['provider-at'] ? { providerAt: Number(values['provider-at']) } : {}),
});
