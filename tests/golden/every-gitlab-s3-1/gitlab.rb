external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'gitlab'
registry['storage'] = {
  's3' => {
    'bucket' => 'images', 'region' => 'eu-west-1', 'pathstyle' => true, 'maxrequestspersecond' => 100,
    'sessiontoken' => 'hunter2', 'objectownership' => false, 'maxretries' => 5, 'parallelwalk' => true
  }
}
registry['redis'] = {
  'addr' => 'sentinel1:26379,sentinel2:26379', 'mainname' => 'main', 'sentinelusername' => 'watcher',
  'sentinelpassword' => 'hunter3'
}
