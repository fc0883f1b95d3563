external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'gitlab'
registry['database'] = {
  'enabled' => 'true', 'host' => 'postgres.internal', 'password' => 'hunter2', 'pool' => { 'maxopen' => 25 }
}
registry['gc'] = { 'disabled' => false, 'reviewafter' => -1, 'blobs' => { 'interval' => '500ms' } }
registry['redis'] = {
  'cache' => { 'enabled' => true, 'addr' => 'a:26379,b:26379', 'mainname' => 'main', 'sentinelpassword' => 'hunter3' }
}
registry['reporting'] = { 'sentry' => { 'enabled' => true, 'dsn' => 'https://key@sentry.example.com/1' } }
registry['notifications'] = [
  { 'name' => 'a', 'url' => 'https://a.example.com/events', 'maxretries' => 7, 'headers' => { 'X-Token' => 'one' } }
]
