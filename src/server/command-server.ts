import { readAwsConfigFile } from '../aws-config/config-file.ts';
import { readAwsProfiles } from '../aws-config/profiles.ts';
import { type OtherProfile, withoutDefault } from '../aws-config/without-default.ts';
import type { Context } from '../context.ts';
import { type PrivateConfig, removeStaleConfigs, writePrivateConfig } from '../state/private-config.ts';
import { writeTerminal } from '../terminal/terminal.ts';
import { openCredentialsServer } from './credentials-server.ts';
import { SharedCredentials } from './shared-credentials.ts';

/** What a command gets in place of keys. */
export interface OpenServer {
  variables: [name: string, value: string][];
  /** Ends everything. Nothing of it outlives the command. */
  close(): Promise<void>;
}

/** The endpoint of one command, and what leads AWS clients to it. */
export class CommandServer {
  readonly #context: Context;
  readonly #other: OtherProfile | undefined;

  /** Throws `bad-configuration` if clients would use the credentials of [default]: before a sign-in. */
  constructor(context: Context) {
    this.#context = context;
    const config = readAwsConfigFile(context);
    const { credentials } = readAwsProfiles(context, config);
    this.#other = withoutDefault({ config, credentials }, context.settings);
  }

  /** Throws `io`, `unsafe-directory`, `port-busy` and `bad-configuration`. */
  async open(): Promise<OpenServer> {
    const context = this.#context;
    await removeStaleConfigs(context.stateDirectory);
    const server = await openCredentialsServer(context, new SharedCredentials(context));
    const other = this.#other;
    if (!other) return { variables: server.variables, close: async () => server.close() };
    const config = await writePrivateConfig(context.stateDirectory, other.content);
    context.log('past-default', { profile: other.name });
    return {
      variables: [...server.variables, ['AWS_CONFIG_FILE', config.path], ['AWS_PROFILE', other.name]],
      async close() {
        server.close();
        await remove(config);
      },
    };
  }
}

async function remove(config: PrivateConfig): Promise<void> {
  if (await config.remove()) return;
  const lost = 'the command changed its copy of the AWS config file, and the change is lost';
  writeTerminal(`daypass: ${lost}; make it outside of exec --server\n`);
}
