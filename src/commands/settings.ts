import { writeOut } from '../terminal/terminal.ts';

export const help = `Settings: flag, else environment, else profile in ~/.aws/config, else default
  --issuer URL              DAYPASS_ISSUER            daypass_issuer
  --client-id ID            DAYPASS_CLIENT_ID         daypass_client_id
  (no flag)                 DAYPASS_CLIENT_SECRET     daypass_client_secret
  --role-arn ARN            DAYPASS_ROLE_ARN          daypass_role_arn
  --scopes LIST             DAYPASS_SCOPES            daypass_scopes
  --authorize-params QUERY  DAYPASS_AUTHORIZE_PARAMS  daypass_authorize_params
  --duration SECONDS        DAYPASS_DURATION          daypass_duration (3600)
  --session-name NAME       DAYPASS_SESSION_NAME      daypass_session_name
  --policy-arns LIST        DAYPASS_POLICY_ARNS       daypass_policy_arns
  --region REGION           AWS_REGION                region
  --sts-endpoint URL        DAYPASS_STS_ENDPOINT      daypass_sts_endpoint
  --redirect-port PORTS     DAYPASS_REDIRECT_PORT     daypass_redirect_port
  --redirect-host HOST      DAYPASS_REDIRECT_HOST     daypass_redirect_host
  --redirect-path PATH      DAYPASS_REDIRECT_PATH     daypass_redirect_path
  --browser PROGRAM|none    DAYPASS_BROWSER           daypass_browser
  --store keychain|file     DAYPASS_STORE             daypass_store (keychain)
  --source-profile P        DAYPASS_SOURCE_PROFILE    daypass_source_profile
  --non-interactive         DAYPASS_NON_INTERACTIVE   daypass_non_interactive
  --device-code             DAYPASS_DEVICE_CODE       daypass_device_code
  --log FILE                DAYPASS_LOG               daypass_log
  --timeout SECONDS         DAYPASS_TIMEOUT           daypass_timeout (55)
  --env-file FILE           reads DAYPASS_ variables from FILE
`;

export async function run(): Promise<number> {
  writeOut(help);
  return 0;
}
