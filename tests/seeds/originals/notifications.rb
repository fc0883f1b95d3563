registry['notifications'] = [
  {
    'name' => 'test_endpoint',
    'url' => 'https://gitlab.example.com/api/v4/container_registry_event/events',
    'timeout' => '500ms',
    'threshold' => 5,
    'maxretries' => 5,
    'backoff' => '1s',
    'headers' => {
      "Authorization" => ["AUTHORIZATION_EXAMPLE_TOKEN"]
    }
  }
]

gitlab_rails['registry_notification_secret'] = 'AUTHORIZATION_EXAMPLE_TOKEN'
