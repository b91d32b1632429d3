class Daypass < Formula
  desc "Browser sign-in for AWS with your own OIDC provider"
  homepage "@homepage@"
  version "@version@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "@releases@/daypass-@version@-darwin-arm64.tar.gz"
      sha256 "@sha256:darwin-arm64@"
    end
    on_intel do
      url "@releases@/daypass-@version@-darwin-x64.tar.gz"
      sha256 "@sha256:darwin-x64@"
    end
  end

  on_linux do
    on_arm do
      url "@releases@/daypass-@version@-linux-arm64.tar.gz"
      sha256 "@sha256:linux-arm64@"
    end
    on_intel do
      url "@releases@/daypass-@version@-linux-x64.tar.gz"
      sha256 "@sha256:linux-x64@"
    end
  end

  def install
    bin.install "daypass"
    man1.install "daypass.1"
    bash_completion.install "completions/daypass.bash" => "daypass"
    zsh_completion.install "completions/_daypass"
    fish_completion.install "completions/daypass.fish"
    prefix.install "LICENSE", "THIRD-PARTY.txt"
  end

  def caveats
    return unless OS.linux?

    # The loader does not look for libraries in Homebrew's prefix.
    <<~EOS
      daypass stores sessions with the libsecret of your system: install libsecret-1-0 (Debian, Ubuntu, openSUSE)
      or libsecret (Fedora).
    EOS
  end

  test do
    assert_match "daypass #{version}", shell_output("#{bin}/daypass --version")
  end
end
