external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'distribution-3'
registry['storage'] = { 's3' => { 'bucket' => 'images', 'region' => 'us-gov-west-1', 'usefipsendpoint' => true } }
