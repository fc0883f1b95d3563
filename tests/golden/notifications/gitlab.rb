# Others are told of pushes: GitLab Geo, and a mirror with rules of its own.
external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'

registry['default_notifications_timeout'] = '1s'
registry['default_notifications_headers'] = { 'X-Site' => ['primary'] }
registry['notifications'] = [
  {
    'name' => 'geo_event',
    'url' => 'https://gitlab.example.com/api/v4/container_registry_event/events',
    'headers' => { 'Authorization' => ['a1f8e6a5d2c04b'] }
  },
  {
    'name' => 'mirror',
    'url' => 'https://mirror.example.com/hooks/registry?site=primary',
    'timeout' => '5s',
    'threshold' => 3,
    'backoff' => '10s',
    'headers' => { 'X-Site' => 'mirror "one"' },
    'ignore' => { 'mediatypes' => ['application/octet-stream'], 'actions' => ['pull'] }
  }
]
gitlab_rails['geo_registry_replication_enabled'] = true
gitlab_rails['geo_registry_replication_primary_api_url'] = 'https://registry.example.com'
