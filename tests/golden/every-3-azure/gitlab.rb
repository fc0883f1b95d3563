external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'distribution-3'
registry['storage'] = {
  'azure' => {
    'accountname' => 'images', 'container' => 'registry', 'realm' => 'core.windows.net', 'rootdirectory' => '/registry',
    'serviceurl' => 'https://images.blob.core.windows.net', 'max_retries' => 5, 'retry_delay' => '100ms',
    'skipverify' => false,
    'credentials' => { 'type' => 'client_secret', 'clientid' => 'client', 'tenantid' => 'tenant', 'secret' => 'hunter2' }
  }
}
