external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'gitlab'
registry['storage'] = {
  'gcs' => {
    'bucket' => 'images', 'credentials' => { 'type' => 'service_account' }, 'rootdirectory' => '/registry',
    'chunksize' => 5242880, 'maxconcurrency' => 50, 'useragent' => 'registry', 'debug_log' => false, 'parallelwalk' => true
  }
}
