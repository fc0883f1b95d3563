external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'gitlab'
registry['storage'] = {
  'gcs' => { 'bucket' => 'images', 'keyfile' => '/etc/gitlab/gcs.json', 'rootdirectory' => 'registry', 'chunksize' => 5242880 }
}
