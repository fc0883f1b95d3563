external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'distribution-3'
registry['storage'] = { 'cache' => { 'blobdescriptor' => 'redis' } }
registry['redis'] = {
  'cache' => {
    'enabled' => true, 'addr' => 'redis.internal:6379', 'pool' => { 'size' => 10, 'maxidle' => 4, 'maxactive' => 20 }
  }
}
