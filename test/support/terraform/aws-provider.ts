import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { LocalIam } from '../local-iam.ts';
import { type Attributes, type ResourceType, resourceTypes } from './iam-resources.ts';
import { unpack } from './message-pack.ts';
import { bytesOf, decode, encode, type Fields } from './protobuf.ts';

/** A provider `hashicorp/aws` for Terraform whose resources are in local IAMs. */
export interface AwsProvider {
  /** With this value of TF_REATTACH_PROVIDERS, Terraform uses it in place of the real one. */
  readonly reattach: string;
  stop(): void;
}

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const [failed, unimplemented] = [2, 12];

/** The bytes before a message: whether it is compressed, and its length. */
const frameHead = 5;

const stringType = '"string"';
const stringsType = '["set","string"]';

/** The arguments of the `provider "aws"` block, with their types. */
const providerArguments = { region: stringType, profile: stringType, allowed_account_ids: stringsType };

/**
 * Starts the provider. It speaks version 5 of the protocol of plugins over a socket:
 * https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol. Without `allowed_account_ids` it uses the
 * first account.
 */
export async function startAwsProvider(accounts: ReadonlyMap<string, LocalIam>): Promise<AwsProvider> {
  const chosen = new WeakMap<Http2Session, string>();
  const sessions = new Set<Http2Session>();
  const server = createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', async (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => undefined);
    const [, method] = /^\/tfplugin5\.Provider\/(\w+)$/.exec(headers[':path'] ?? '') ?? [];
    const { session } = stream;
    // Other services, such as the output of a plugin, stay open until Terraform ends.
    if (!method || !session) return end(stream, unimplemented);
    try {
      const fields = decode((await buffer(stream)).subarray(frameHead));
      if (method === 'Configure') chosen.set(session, accountOf(fields, accounts));
      const [first = ''] = accounts.keys();
      const answer = answerTo(method, fields, accounts.get(chosen.get(session) ?? first));
      end(stream, answer ? 0 : unimplemented, answer);
    } catch (error) {
      end(stream, failed, undefined, String(error));
    }
  });
  const folder = mkdtempSync(join(tmpdir(), 'terraform-aws-'));
  const socket = join(folder, 'socket');
  await once(server.listen(socket), 'listening');
  return {
    reattach: JSON.stringify({
      'registry.terraform.io/hashicorp/aws': {
        ...{ Protocol: 'grpc', ProtocolVersion: 5, Pid: process.pid, Test: true },
        Addr: { Network: 'unix', String: socket },
      },
    }),
    stop() {
      for (const session of sessions) session.destroy();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Returns the account that a `provider` block allows; the first if it allows every account. */
function accountOf(request: Fields, accounts: ReadonlyMap<string, LocalIam>): string {
  const { allowed_account_ids: allowed } = attributesOf(request, 2) ?? {};
  const [first = ''] = accounts.keys();
  const [account = first] = Array.isArray(allowed) ? allowed.map(String) : [];
  if (!accounts.has(account)) throw new Error(`there is no account ${account}`);
  return account;
}

/** Returns the answer to a call; undefined if there is no such method. */
function answerTo(method: string, request: Fields, iam: LocalIam | undefined): Buffer | undefined {
  const typeName = bytesOf(request, 1).toString();
  const type = resourceTypes[typeName];
  switch (method) {
    case 'GetSchema':
      return encode({
        1: schema(providerArguments, {}),
        2: Object.entries(resourceTypes).map(([name, { takes, gives }]) =>
          encode({ 1: name, 2: schema(takes, gives) }),
        ),
      });
    case 'PrepareProviderConfig':
      return encode({ 1: bytesOf(request, 1) });
    case 'ValidateResourceTypeConfig':
    case 'Configure':
    case 'Stop':
      return Buffer.alloc(0);
  }
  if (!type || !iam) return undefined;
  switch (method) {
    case 'UpgradeResourceState':
      return encode({ 1: encode({ 2: bytesOf(decode(bytesOf(request, 3)), 1) }) });
    case 'ImportResourceState':
      return encode({
        1: encode({
          1: typeName,
          2: value({ ...empty(type), ...type.named(bytesOf(request, 2).toString()) }),
        }),
      });
    case 'ReadResource':
      return encode({ 1: value(type.read(iam, attributesOf(request, 2) ?? {})) });
    case 'PlanResourceChange': {
      const config = attributesOf(request, 4);
      return encode({ 1: value(config && type.planned(iam, config)) });
    }
    case 'ApplyResourceChange': {
      const planned = attributesOf(request, 3) ?? {};
      const fault = type.apply(iam, planned, attributesOf(request, 2));
      return encode({ 1: value(planned), 3: fault && encode({ 1: true, 2: fault }) });
    }
  }
  return undefined;
}

function schema(takes: Readonly<Record<string, string>>, gives: Readonly<Record<string, string>>): Buffer {
  const attributes = [
    ...Object.entries(takes).map(([name, type]) => encode({ 1: name, 2: type, 5: true, 6: name in gives })),
    ...Object.entries(gives).flatMap(([name, type]) =>
      name in takes ? [] : [encode({ 1: name, 2: type, 6: true })],
    ),
  ];
  return encode({ 2: encode({ 2: attributes }) });
}

function empty({ takes, gives }: ResourceType): Attributes {
  return Object.fromEntries([...Object.keys(takes), ...Object.keys(gives)].map((name) => [name, null]));
}

function value(attributes: Attributes | undefined): Buffer {
  return encode({ 2: JSON.stringify(attributes ?? null) });
}

/** Returns the object in a field; undefined if it is null. */
function attributesOf(request: Fields, field: number): Attributes | undefined {
  const packed = bytesOf(decode(bytesOf(request, field)), 1);
  return packed.length > 0 ? ((unpack(packed) as Attributes | null) ?? undefined) : undefined;
}

/** Ends a call as gRPC does: the message in a frame, then the status. */
function end(stream: ServerHttp2Stream, status: number, message?: Buffer, text = ''): void {
  if (stream.destroyed) return;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () =>
    stream.sendTrailers({ 'grpc-status': String(status), 'grpc-message': encodeURIComponent(text) }),
  );
  const head = Buffer.alloc(frameHead);
  head.writeUInt32BE(message?.length ?? 0, 1);
  stream.end(message ? Buffer.concat([head, message]) : undefined);
}
