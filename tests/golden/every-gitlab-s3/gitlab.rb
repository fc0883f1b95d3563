external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'gitlab'
registry['storage'] = {
  's3_v2' => {
    'accesskey' => 'AKIAIOSFODNN7EXAMPLE', 'secretkey' => 'hunter2', 'sessiontoken' => 'hunter3', 'bucket' => 'images',
    'region' => 'eu-west-1', 'regionendpoint' => 'https://s3.example.com', 'rootdirectory' => '/registry',
    'pathstyle' => true, 'encrypt' => true, 'keyid' => 'alias/registry', 'secure' => true, 'skipverify' => false,
    'v4auth' => true, 'chunksize' => 10485760, 'multipartcopychunksize' => 33554432,
    'multipartcopymaxconcurrency' => 100, 'multipartcopythresholdsize' => 33554432, 'storageclass' => 'STANDARD',
    'objectacl' => 'private', 'useragent' => 'registry', 'maxrequestspersecond' => 100, 'loglevel' => 'logsigning',
    'forcepathstyle' => true, 'objectownership' => false, 'maxretries' => 5, 'parallelwalk' => true,
    'usedualstack' => false, 'accelerate' => false, 'usefipsendpoint' => false, 'checksum_disabled' => false,
    'checksum_algorithm' => 'CRC32'
  },
  'redirect' => { 'disable' => false, 'expirydelay' => '10m', 'exceptions' => ['^192\.0\.2\.'] },
  'delete' => { 'enabled' => true }
}
registry['auto_migrate'] = true
registry['database'] = {
  'enabled' => true, 'host' => 'postgres.internal', 'port' => 5432, 'user' => 'registry', 'password' => 'hunter4',
  'dbname' => 'registry', 'sslmode' => 'verify-full', 'sslcert' => '/etc/gitlab/ssl/pg.crt',
  'sslkey' => '/etc/gitlab/ssl/pg.key', 'sslrootcert' => '/etc/gitlab/ssl/pg-ca.crt', 'connecttimeout' => '5s',
  'draintimeout' => '2m', 'preparedstatements' => true, 'primary' => 'primary.record.internal',
  'pool' => { 'maxidle' => 25, 'maxopen' => 25, 'maxlifetime' => '5m', 'maxidletime' => '1m' },
  'backgroundmigrations' => { 'enabled' => true, 'maxjobretries' => 3, 'jobinterval' => '10s' },
  'loadbalancing' => {
    'enabled' => true, 'hosts' => ['replica1.internal', 'replica2.internal'], 'nameserver' => 'consul.internal',
    'port' => 8600, 'record' => 'replicas.internal', 'replicacheckinterval' => '1m'
  },
  'metrics' => { 'enabled' => true, 'interval' => '10s', 'leaseduration' => '30s' }
}
registry['gc'] = {
  'disabled' => false, 'noidlebackoff' => false, 'maxbackoff' => '24h', 'errorcooldownperiod' => '30m',
  'transactiontimeout' => '10s', 'reviewafter' => '24h',
  'manifests' => { 'disabled' => false, 'interval' => '5s' },
  'blobs' => { 'disabled' => false, 'interval' => '5s', 'storagetimeout' => '5s' }
}
registry['redis'] = {
  'cache' => {
    'enabled' => true, 'addr' => 'sentinel1:26379,sentinel2:26379', 'mainname' => 'main', 'username' => 'registry',
    'password' => 'hunter5', 'sentinelusername' => 'watcher', 'sentinelpassword' => 'hunter6', 'db' => 1,
    'dialtimeout' => '2s', 'readtimeout' => '2s', 'writetimeout' => '2s',
    'tls' => { 'enabled' => true, 'insecure' => false },
    'pool' => { 'size' => 10, 'maxlifetime' => '1h', 'idletimeout' => '5m' }
  },
  'loadbalancing' => {
    'enabled' => true, 'addr' => 'sentinel1:26379,sentinel2:26379', 'mainname' => 'main', 'username' => 'registry',
    'password' => 'hunter5', 'sentinelusername' => 'watcher', 'sentinelpassword' => 'hunter6', 'db' => 1,
    'dialtimeout' => '2s', 'readtimeout' => '2s', 'writetimeout' => '2s',
    'tls' => { 'enabled' => true, 'insecure' => false },
    'pool' => { 'size' => 10, 'maxlifetime' => '1h', 'idletimeout' => '5m' }
  },
  'ratelimiter' => {
    'enabled' => true, 'addr' => 'sentinel1:26379,sentinel2:26379', 'mainname' => 'main', 'username' => 'registry',
    'password' => 'hunter5', 'sentinelusername' => 'watcher', 'sentinelpassword' => 'hunter6', 'db' => 1,
    'dialtimeout' => '2s', 'readtimeout' => '2s', 'writetimeout' => '2s',
    'tls' => { 'enabled' => true, 'insecure' => false },
    'pool' => { 'size' => 10, 'maxlifetime' => '1h', 'idletimeout' => '5m' }
  }
}
registry['reporting'] = {
  'sentry' => { 'enabled' => true, 'dsn' => 'https://key@sentry.example.com/1', 'environment' => 'production' }
}
registry['middleware'] = {
  'storage' => [{ 'name' => 'cloudfront', 'options' => { 'baseurl' => 'https://d1.cloudfront.net/' } }]
}
registry['default_notifications_timeout'] = '2s'
registry['default_notifications_maxretries'] = 4
registry['default_notifications_backoff'] = '3s'
registry['notifications'] = [
  {
    'name' => 'a', 'url' => 'https://a.example.com/events', 'disabled' => false, 'queuesizelimit' => 3000,
    'queuepurgetimeout' => '5s', 'ignoredmediatypes' => ['application/octet-stream'],
    'ignore' => { 'mediatypes' => ['text/plain'], 'actions' => ['pull'] }
  }
]
gitlab_rails['registry_notification_secret'] = 'hunter7'
gitlab_rails['backup_registry_user'] = 'registry_backup'
gitlab_rails['backup_registry_password'] = 'hunter8'
gitlab_rails['restore_registry_user'] = 'registry_restore'
gitlab_rails['restore_registry_password'] = 'hunter9'
gitlab_rails['backup_registry'] = { 'enable' => true }
