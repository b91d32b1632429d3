// @ts-check
import { request } from 'node:http';
import { request as requestByTls } from 'node:https';

/**
 * Signs in like a small browser: follows the start link with its cookie, submits the provider's forms, and
 * returns the last page of daypass. (Node's fetch sends a Sec-Fetch-Mode of its own.)
 * @param {string} link
 * @param {{login?: string, decision?: 'allow' | 'deny', providerAt?: number}} [person] `providerAt` is the port of
 *   this machine that stands for every https host
 * @returns {Promise<{status: number, url: string, body: string}>} the last page
 */
export async function signInOverHttp(link, { login = 'ada', decision = 'allow', providerAt } = {}) {
  /** @type {Map<string, Map<string, string>>} */
  const cookies = new Map();
  let url = new URL(link);
  /** @type {string | undefined} */
  let form;
  for (let step = 0; step < 20; step++) {
    const jar = cookies.get(url.host) ?? new Map();
    cookies.set(url.host, jar);
    const answer = await visit(url, jar, form, providerAt);
    form = undefined;
    if (answer.location) {
      url = new URL(answer.location, url);
    } else if (/<form/.test(answer.body)) {
      const consent = /value="deny"/.test(answer.body);
      form = new URLSearchParams({
        login,
        password: 'none',
        decision: consent ? decision : 'allow',
      }).toString();
    } else {
      return { status: answer.status, url: url.href, body: answer.body };
    }
  }
  throw new Error(`the sign-in leads in circles, last to ${url.origin}${url.pathname}`);
}

/**
 * @param {URL} url
 * @param {Map<string, string>} jar
 * @param {string | undefined} form posted if given
 * @param {number | undefined} providerAt
 * @returns {Promise<{status: number, location: string | undefined, body: string}>}
 */
function visit(url, jar, form, providerAt) {
  const headers = {
    accept: 'text/html',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    cookie: [...jar].map((pair) => pair.join('=')).join('; '),
    ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
  };
  const elsewhere =
    providerAt !== undefined && url.protocol === 'https:'
      ? {
          hostname: '127.0.0.1',
          port: providerAt,
          servername: url.hostname,
          headers: { ...headers, host: url.host },
        }
      : { headers };
  return new Promise((resolve, reject) => {
    // A test has created the certificate authority of a provider with TLS.
    const asked = (url.protocol === 'https:' ? requestByTls : request)(
      url,
      { method: form === undefined ? 'GET' : 'POST', ...elsewhere, agent: false, rejectUnauthorized: false },
      (answer) => {
        for (const cookie of answer.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          if (value === '') jar.delete(name);
          else jar.set(name, value);
        }
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk) => {
          body += chunk;
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, location: answer.headers.location, body }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(form);
  });
}
