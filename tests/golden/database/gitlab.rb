# GitLab's registry with its metadata database in GitLab's PostgreSQL, online collection and Redis.
external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'gitlab'

postgresql['listen_address'] = '192.0.2.10'
postgresql['port'] = 5433
registry['database'] = {
  'enabled' => true,
  'password' => 'p@ss: "word"',
  'sslmode' => 'verify-full',
  'sslrootcert' => '/etc/gitlab/ssl/postgres-ca.crt',
  'pool' => { 'maxidle' => 25, 'maxopen' => 25, 'maxlifetime' => '5m' }
}
registry['gc'] = {
  'reviewafter' => -1,
  'manifests' => { 'interval' => '5s' },
  'blobs' => { 'interval' => '5s', 'storagetimeout' => '10s' }
}
registry['redis']['cache'] = { 'enabled' => true, 'addr' => '192.0.2.11:6379' }
registry['reporting'] = { 'sentry' => { 'enabled' => true, 'dsn' => 'https://key@sentry.example.com/1' } }
