external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'distribution-3'
registry['storage'] = {
  's3' => { 'bucket' => 'images', 'region' => 'us-east-1', 'regionendpoint' => 'http://minio.internal:9000' },
  'tag' => { 'concurrencylimit' => 4 }
}
registry['redis'] = { 'addr' => '127.0.0.1:6379', 'pool' => { 'size' => 10 } }
