import type { Shell } from './completion-flags.ts';

// A program cannot change the variables of its shell, so `daypass use` is a function of the shell. It assigns what
// `daypass use --print` prints, and never evaluates it. All other words go to the program unchanged.

/** For bash 3.2 or newer, and zsh with any options. `function` and the backslash keep aliases out of it. */
const posix = `# sets AWS_PROFILE by daypass use
function daypass {
  if [[ \${1-} != use ]]; then
    \\command daypass "$@"
    return
  fi
  local answer
  answer=$(\\command daypass "$@" --print) || return
  case $answer in
    AWS_PROFILE=) unset AWS_PROFILE ;;
    AWS_PROFILE=*) export "$answer" ;;
    *) printf '%s\\n' "$answer" ;;
  esac
}
`;

/** A universal variable belongs to every shell, so it stays: a global one hides it. */
const fish = `# sets AWS_PROFILE by daypass use
function daypass
    if test "$argv[1]" != use
        command daypass $argv
        return
    end
    set -l answer (command daypass $argv --print)
    or return
    switch "$answer[1]"
        case 'AWS_PROFILE='
            set -eg AWS_PROFILE
            if set -qU AWS_PROFILE
                echo 'daypass: AWS_PROFILE is also a universal variable, run: set -eU AWS_PROFILE' >&2
            end
        case 'AWS_PROFILE=*'
            set -gx AWS_PROFILE (string sub -s 13 -- $answer[1])
        case '*'
            printf '%s\\n' $answer
    end
end
`;

/**
 * For Windows PowerShell 5.1 and newer. PowerShell makes an array of `a,b` for a function, but not for a program. It
 * also removes the first `--`, which daypass needs only before a word that begins with a dash.
 * https://github.com/PowerShell/PowerShell/issues/21208
 */
const powershell = `# sets AWS_PROFILE by daypass use
function daypass {
  $program = Get-Command -Name daypass -CommandType @('Application', 'ExternalScript') -ErrorAction Stop |
    Select-Object -First 1
  $words = @(foreach ($word in $args) { if ($word -is [array]) { $word -join ',' } else { $word } })
  if ($words.Count -eq 0 -or $words[0] -cne 'use') {
    if ($MyInvocation.ExpectingInput) { $input | & $program @words } else { & $program @words }
    return
  }
  # A message on stderr is no error.
  $ErrorActionPreference = 'Continue'
  $PSNativeCommandUseErrorActionPreference = $false
  $answer = @(& $program @words --print)
  if ($LASTEXITCODE -ne 0) { return }
  if ($answer.Count -ne 1 -or $answer[0] -notlike 'AWS_PROFILE=*') { return $answer }
  $name = ([string]$answer[0]).Substring(12)
  if ($name) { $env:AWS_PROFILE = $name } else { Remove-Item -Path Env:AWS_PROFILE -ErrorAction Ignore }
}
`;

/** The function of each shell. */
export const useFunctions: Readonly<Record<Shell, string>> = { bash: posix, zsh: posix, fish, powershell };
