import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { LocalSts, StsHandler } from './local-sts.ts';

/** The XML of each element. Undefined omits the element. */
export type Elements = Record<string, string | undefined>;

/** Returns an answer of STS with changed elements, even if the XML becomes malformed. */
export function credentials(sts: LocalSts, changes: Elements = {}, prologue = ''): StsHandler {
  return (_parameters, response) => {
    const honest: Elements = {
      AccessKeyId: 'ASIAABCDEFGHIJKLMNOP',
      SecretAccessKey: randomBytes(30).toString('hex'),
      SessionToken: randomBytes(200).toString('hex'),
      Expiration: inSeconds(3600),
    };
    for (const value of [honest.SecretAccessKey, honest.SessionToken]) sts.secrets.add(value ?? '');
    const elements = Object.entries({ ...honest, ...changes })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `<${name}>${value}</${name}>`);
    xml(
      response,
      `${prologue}<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>${elements.join('')}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
    );
  };
}

export function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

export function xml(response: ServerResponse, body: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
}

/** Writes a body without an end, as fast as the client reads it. */
export function endless(response: ServerResponse, beginning: string): void {
  response.writeHead(200, { 'content-type': 'text/xml' }).write(beginning);
  const chunk = Buffer.alloc(2 ** 20, 'x');
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more).on('error', () => {});
  more();
}
