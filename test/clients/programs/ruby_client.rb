# Calls GetCallerIdentity REQUESTS times with the profile in PROFILE, and prints a line for each: ok or error.
require 'aws-sdk-core'

# Each line is there at once, also in a pipe.
$stdout.sync = true

begin
  named = ENV.fetch('PROFILE').empty? ? {} : { profile: ENV.fetch('PROFILE') }
  client = Aws::STS::Client.new(**named, region: 'eu-west-1', endpoint: ENV.fetch('STS'))
  ENV.fetch('REQUESTS').to_i.times do
    puts "ok #{client.get_caller_identity.arn}"
  rescue StandardError => e
    puts "error #{e.message.split.join(' ')}"
  end
rescue StandardError => e
  puts "error #{e.message.split.join(' ')}"
end
