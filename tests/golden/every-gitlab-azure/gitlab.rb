external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'gitlab'
registry['storage'] = {
  'azure_v2' => {
    'accountname' => 'images', 'container' => 'registry', 'realm' => 'core.windows.net', 'rootdirectory' => '/registry',
    'serviceurl' => 'https://images.blob.core.windows.net', 'trimlegacyrootprefix' => true,
    'credentials_type' => 'client_secret', 'tenant_id' => 'tenant', 'client_id' => 'client', 'secret' => 'hunter2',
    'max_retries' => 5, 'retry_try_timeout' => '10s', 'retry_delay' => '1s', 'max_retry_delay' => '10s',
    'api_pool_initial_interval' => '100ms', 'api_pool_max_interval' => '1s', 'api_pool_max_elapsed_time' => '5s',
    'debug_log' => false, 'debug_log_events' => 'request,response'
  }
}
