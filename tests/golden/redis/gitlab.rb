external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
registry['redis'] = {
  'cache' => { 'enabled' => true, 'addr' => '127.0.0.1:6379', 'password' => 'hunter2', 'db' => 3, 'dialtimeout' => '10ms' },
  'loadbalancing' => { 'enabled' => false }
}
registry['redis']['cache']['pool'] = { 'size' => 10, 'idletimeout' => '300s' }
registry['storage'] = { 'cache' => { 'blobdescriptor' => 'redis' } }
