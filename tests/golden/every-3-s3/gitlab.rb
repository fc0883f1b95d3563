external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'distribution-3'
registry['storage'] = {
  's3' => {
    'accesskey' => 'AKIAIOSFODNN7EXAMPLE', 'secretkey' => 'hunter2', 'bucket' => 'images',
    'region' => 'eu-west-1', 'regionendpoint' => 'https://s3.example.com', 'rootdirectory' => '/registry',
    'encrypt' => true, 'keyid' => 'alias/registry', 'secure' => true, 'skipverify' => false, 'v4auth' => true,
    'chunksize' => 10485760, 'multipartcopychunksize' => 33554432, 'multipartcopymaxconcurrency' => 100,
    'multipartcopythresholdsize' => 33554432, 'storageclass' => 'STANDARD', 'objectacl' => 'private',
    'useragent' => 'registry', 'loglevel' => 'logsigning', 'forcepathstyle' => true, 'usedualstack' => false,
    'accelerate' => false
  },
  'cache' => { 'blobdescriptor' => 'redis', 'blobdescriptorsize' => 10000 }
}
registry['redis'] = {
  'addr' => 'redis.internal:6379', 'username' => 'registry', 'password' => 'hunter4', 'db' => 1,
  'dialtimeout' => '2s', 'readtimeout' => '2s', 'writetimeout' => '2s',
  'tls' => { 'enabled' => true, 'insecure' => false },
  'pool' => { 'size' => 10, 'maxlifetime' => '1h', 'idletimeout' => '5m', 'maxidle' => 4, 'maxactive' => 20 }
}
