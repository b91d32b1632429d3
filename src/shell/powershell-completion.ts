import {
  commands,
  type Flag,
  offeredCommands,
  profileCommands,
  profilesCommands,
  shells,
} from './completion-flags.ts';

/**
 * Returns the script for Windows PowerShell 5.1 and newer, with `Set-StrictMode -Version Latest` too. It is ASCII, since
 * 5.1 reads a program's output in the code page of the console. Where it offers nothing, PowerShell offers files.
 */
export function powershellCompletion(): string {
  const common = commands.find(({ name }) => name === 'credential-process')?.flags ?? [];
  const isCommon = (flag: Flag) => common.some(({ name }) => name === flag.name);
  const own = offeredCommands.map(({ name, flags }) => {
    const rows = flags.filter((flag) => !isCommon(flag)).map(rowOf);
    return `    ${quoted(name)} = @(${rows.join(', ')})`;
  });
  return `# PowerShell completion of daypass
Register-ArgumentCompleter -Native -CommandName daypass -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  # Each flag is its name, the kind of its value, and its meaning.
  $common = @(
${common.map((flag) => `    ${rowOf(flag)}`).join('\n')}
  )
  $own = @{
${own.join('\n')}
  }
  $commands = @(
${offeredCommands.map(({ name, text }) => `    ${quoted(`${name}|${text}`)}`).join('\n')}
  )
  $profileCommands = @(${list(profileCommands.map(({ name }) => name))})
  $listCommands = @(${list(profilesCommands.map(({ name }) => name))})
  $typed = "$wordToComplete".Trim('"', "'")
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
  $command = ''
  if ($words.Count -gt 0 -and $words[0] -notlike '-*') { $command = $words[0] }
  # PowerShell completes the command of exec.
  if ($command -eq 'exec' -and $words -contains '--') { return }
  $flags = $common
  if ($own.ContainsKey($command)) { $flags = $common + $own[$command] }
  $flag = ''
  $before = ''
  if ($typed -match '^(--[^=]+)=(.*)$') {
    $flag = $Matches[1]
    $before = "$flag="
    $typed = $Matches[2]
  } elseif ($words.Count -gt 0) {
    $flag = $words[-1]
  }
  $profiles = { @(daypass completion profiles 2>$null) -replace "\`t", '|' }
  $kind = ''
  foreach ($row in $flags) { if ($row.StartsWith("$flag|")) { $kind = $row.Split('|')[1] } }
  $offers = @()
  if ($kind -eq 'profiles') { $offers = & $profiles }
  elseif ($kind -eq 'other') { return }
  elseif ($kind) { $offers = $kind.Split(' ') }
  elseif ($before) { return }
  elseif ($typed -like '-*') { $offers = $flags | ForEach-Object { ($_ -split '\\|', 3)[0, 2] -join '|' } }
  elseif ($words.Count -eq 0) { $offers = $commands }
  elseif ($command -eq 'completion' -and $words.Count -eq 1) { $offers = @(${list(shells)}) }
  elseif ($profileCommands -contains $command -and $words.Count -eq 1) { $offers = & $profiles }
  elseif ($listCommands -contains $command) { $offers = & $profiles }
  foreach ($offer in $offers) {
    $word, $meaning = $offer -split '\\|', 2
    if (-not $word.StartsWith($typed, [StringComparison]::OrdinalIgnoreCase)) { continue }
    if (-not $meaning) { $meaning = $word }
    $inserted = "$before$word"
    # PowerShell gives a meaning to other characters, and to an @ in front.
    if ($inserted -notmatch '^[\\w./+:=-][\\w./+:=@-]*$') { $inserted = "'" + $inserted.Replace("'", "''") + "'" }
    [System.Management.Automation.CompletionResult]::new($inserted, $word, 'ParameterValue', $meaning)
  }
}
`;
}

function rowOf({ name, text, takesValue, words = [] }: Flag): string {
  const known = typeof words === 'string' ? words : words.join(' ');
  const kind = takesValue ? (known === 'files' ? 'other' : known || 'other') : '';
  return quoted(`${name}|${kind}|${text}`);
}

function list(words: readonly string[]): string {
  return words.map(quoted).join(', ');
}

/** Within single quotes only a doubled quote has a meaning. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
