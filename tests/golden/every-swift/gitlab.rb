external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
registry['storage'] = {
  'swift' => { 'authurl' => 'https://keystone.internal/v3', 'username' => 'registry', 'password' => 'hunter2', 'container' => 'images' }
}
